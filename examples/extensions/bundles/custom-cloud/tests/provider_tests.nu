# The provider `custom-cloud`, without a cloud.

use std/assert
use std/testing *
use ../nulib/providers/mod.nu *
use ../generate/generate.nu
use fixture.nu *

const MANIFEST = path self ../extension.toml
const VALID = {hostname: web-1 plan: small zone: us-west-1a}

@test
export def test_info_agrees_with_the_manifest [] {
    let manifest = open $MANIFEST
    let info = provider-info
    assert equal $info.version $manifest.extension.version
    assert ($info.name in $manifest.provides.providers)
    assert equal $info.type provider
    assert equal $info.regions [us-west-1 us-west-2 us-east-1 eu-west-1]
    assert equal ($info.supported_operations | length) 12
}

@test
export def test_settings_are_checked_by_way_of_logging_in [] {
    unconfigured {
        let nothing = validate-config {}
        assert equal $nothing.errors ["Missing api key" "Missing API base URL"]
        let oauth = validate-config {auth: {method: oauth api_key: k} api: {base_url: "https://api.example.com/v1"}}
        assert equal $oauth.errors ["Missing api secret"]
        let unknown = validate-config {auth: {method: magic} api: {base_url: "https://api.example.com/v1"}}
        assert str contains $unknown.errors.0 "Unknown authentication method: magic"
        assert (validate-config {auth: {api_key: k} api: {base_url: "https://api.example.com/v1"}}).valid
        assert equal (validate-config {auth: 3}).errors ["auth must be of type record"]
    }
}

@test
export def test_the_environment_serves_for_what_is_left_out [] {
    with-env $NOWHERE { assert (validate-config {}).valid }
}

@test
export def test_the_key_does_not_travel_in_the_clear [] {
    with-env ($NOWHERE | update CUSTOM_CLOUD_API_URL "http://api.example.com/v1") {
        assert str contains (failure { list-servers }).msg "must be https"
        assert equal (validate-config {}).valid false
    }
    with-env ($NOWHERE | update CUSTOM_CLOUD_API_URL "https://user:secret@api.example.com/v1") {
        assert str contains (failure { list-servers }).msg "must not hold credentials"
    }
}

@test
export def test_operations_say_what_is_not_configured [] {
    unconfigured {
        let caught = failure { list-servers }
        assert str contains $caught.msg "CUSTOM_CLOUD_API_URL, CUSTOM_CLOUD_API_KEY not set"
        assert equal (test-connection).success false
    }
}

@test
export def test_no_error_shows_the_key [] {
    with-env $NOWHERE {
        for operation in [
            { list-servers } { get-server-info i-1 } { delete-server i-1 } { start-server i-1 } { stop-server i-1 }
            { reboot-server i-1 } { get-ssh-access i-1 } { configure-firewall i-1 [] } { create-server $VALID }
        ] {
            let caught = failure $operation
            assert str contains $caught.msg "no answer"
            assert not ($caught.shown =~ $NOWHERE.CUSTOM_CLOUD_API_KEY)
        }
        assert not ((test-connection | to json) =~ $NOWHERE.CUSTOM_CLOUD_API_KEY)
    }
}

@test
export def test_ids_cannot_lead_elsewhere [] {
    with-env $NOWHERE {
        for id in ["../account" "a/b" ".." "" "a?b=c"] { assert str contains (failure { get-server-info $id }).msg "Not a server id" }
    }
}

@test
export def test_check_mode_needs_neither_key_nor_network [] {
    unconfigured {
        let plan = create-server ($VALID | insert disk_size 50 | update plan medium) --check
        assert equal $plan.action create-server
        assert $plan.check_mode
        assert $plan.would_create
        assert equal $plan.estimated_cost 0.15
        assert equal $plan.request.os "ubuntu-22.04"
    }
}

@test
export def test_faults_of_a_server_are_reported_at_once [] {
    let caught = failure { create-server {hostname: "x y" plan: huge disk_size: 5} }
    for part in ["Invalid hostname: x y" "Invalid plan: huge" "Zone is required" "disk_size must be at least 10GB"] {
        assert str contains $caught.msg $part
    }
    assert equal (create-server {hostname: 7} --check).errors ["hostname must be of type string"]
}

@test
export def test_firewall_rules_are_checked_before_they_are_sent [] {
    let caught = failure { configure-firewall i-1 [{direction: ingress protocol: tcp action: allow} {direction: in protocol: tcp action: allow}] }
    assert equal $caught.msg "Invalid firewall rules: rule 2: direction must be ingress or egress"
}

@test
export def test_catalog_tables_agree [] {
    assert equal (get-pricing | get plan) (get-plans | get name)
    assert equal (get-zones | length) 8
    assert equal (calculate-server-cost {plan: micro}) 0.03
    assert str contains (failure { calculate-server-cost {plan: huge} }).shown "plans: micro, small, medium, large, xlarge"
}

@test
export def test_generated_server_is_valid [] {
    assert (validate-server-config (generate server-config web-1)).valid
}

@test
export def test_operations_leave_pipeline_input_alone [] {
    # in a closure, the first command of a block inherits the closure's input
    for operation in [
        { create-server $VALID --check } { validate-config {} } { validate-server-config $VALID } { test-connection }
        { provider-info } { get-plans } { get-pricing } { get-zones } { calculate-server-cost {plan: small} }
    ] { [text] | each $operation }
    with-env $NOWHERE {
        for operation in [
            { create-server $VALID } { list-servers } { get-server-info i-1 } { stop-server i-1 } { configure-firewall i-1 [] }
        ] {
            assert str contains (failure { [text] | each $operation }).shown "no answer"
        }
    }
}

# `nu tests/provider_tests.nu` runs this file alone.
def main [] { ^$nu.current-exe -n ($env.FILE_PWD | path join run_all_tests.nu) provider_tests.nu }
