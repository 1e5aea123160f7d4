# What the provider decides without starting anything.

use std/assert
use std/testing *
use ../nulib/mod.nu *
use ../generate/generate.nu

const VALID = {hostname: web-1 plan: "1xCPU-1GB" zone: local}
const METADATA = path self ../metadata.toml
const MODULE = path self ../nulib/mod.nu

# Runs a closure that must fail and returns its message.
def failure [action: closure]: nothing -> string {
    let outcome = try { do $action; null } catch {|e| $e.msg }
    assert not equal $outcome null "expected an error"
    $outcome
}

# Runs a closure with a state directory of its own, empty and removed afterwards.
def in-scratch [action: closure]: nothing -> any {
    let state = mktemp --directory --tmpdir
    let outcome = try { {value: (with-env {LOCAL_PROVIDER_STATE: $state} $action)} } catch {|e| {error: $e.rendered} }
    rm --recursive --force $state
    if $outcome.error? != null { error make {msg: $outcome.error} }
    $outcome.value
}

@test
export def test_info_agrees_with_the_metadata [] {
    let metadata = open $METADATA
    let info = provider-info
    assert equal $info.name $metadata.extension.name
    assert equal $info.version $metadata.extension.version
    assert equal $info.type $metadata.extension.type
    assert equal $info.regions $metadata.regions.available
    assert ($metadata.regions.default in $metadata.regions.available)
}

@test
export def test_every_supported_operation_is_a_command [] {
    let code = $"module local { export use ($MODULE | to nuon) * }
        scope modules | where name == local | get commands.0.name | to json"
    let exported = ^$nu.current-exe -n -c $code | from json
    for operation in (provider-info).supported_operations { assert ($operation in $exported) $operation }
    assert equal ((provider-info).supported_operations | length) 12
}

@test
export def test_empty_settings_are_valid [] {
    in-scratch { assert equal (validate-config {}) {valid: true errors: [] warnings: []} }
}

@test
export def test_settings_report_every_fault_at_once [] {
    let result = in-scratch {
        validate-config {
            auth: {method: api_key}
            defaults: {plan: huge zone: moon}
            features: {backup: true monitoring: false}
        }
    }
    assert equal $result.valid false
    assert equal $result.errors [
        "Invalid plan: huge" "Invalid zone: moon" "Feature not available on local servers: backup"
    ]
    assert equal $result.warnings ["Credentials are ignored: local servers need none"]
}

@test
export def test_connection_succeeds_and_fails_with_the_state_directory [] {
    in-scratch { assert (test-connection).success }
    # below a file nothing can be created, not even by root
    let failed = test-connection {state_dir: ($METADATA | path join state)}
    assert equal $failed.success false
    assert str contains $failed.error "not writable"
}

@test
export def test_check_mode_returns_a_plan_and_touches_nothing [] {
    in-scratch {
        let plan = create-server $VALID --check
        assert equal $plan.action create-server
        assert $plan.check_mode
        assert $plan.would_create
        assert equal $plan.hostname web-1
        assert equal (ls --all $env.LOCAL_PROVIDER_STATE) []
    }
}

@test
export def test_check_mode_lists_faults_instead_of_raising [] {
    let plan = in-scratch { create-server {plan: huge command: []} --check }
    assert equal $plan.would_create false
    assert equal ($plan.errors | length) 4
}

@test
export def test_invalid_server_is_refused_with_every_fault [] {
    let message = in-scratch { failure { create-server {hostname: "No Good" plan: huge} } }
    assert str contains $message "Invalid hostname: No Good"
    assert str contains $message "Invalid plan: huge"
    assert str contains $message "Zone is required"
}

@test
export def test_host_names_cannot_leave_the_state_directory [] {
    for hostname in [".." "../x" "a/b" "-x" "x-" ".hidden" ""] {
        assert equal (validate-server-config ($VALID | update hostname $hostname) | get valid) false $hostname
    }
}

@test
export def test_values_of_the_wrong_type_are_faults_not_crashes [] {
    let result = in-scratch { validate-server-config {hostname: 7 plan: [x] zone: local command: "sleep 1" tags: x firewall_rules: [1]} }
    assert equal $result.errors [
        "hostname must be of type string" "plan must be of type string" "command must be of type list" "tags must be of type record"
    ]
    assert equal (validate-config {defaults: 3}).errors ["defaults must be of type record"]
    let rules = in-scratch { validate-server-config ($VALID | insert firewall_rules [1]) }
    assert str contains $rules.errors.0 "rule 1: direction must be"
}

@test
export def test_unknown_command_is_refused [] {
    let result = in-scratch { validate-server-config ($VALID | insert command [no-such-program-anywhere]) }
    assert equal $result.errors ["Command not found: no-such-program-anywhere"]
}

@test
export def test_firewall_rules_are_refused_at_creation [] {
    let rule = {direction: ingress protocol: tcp port: "80" action: allow}
    let result = in-scratch { validate-server-config ($VALID | insert firewall_rules [$rule]) }
    assert str contains ($result.errors | str join) "share the network"
}

@test
export def test_unknown_server_names_the_help [] {
    in-scratch {
        for operation in [
            { get-server-info local-nope } { delete-server local-nope } { start-server local-nope }
            { stop-server local-nope } { reboot-server local-nope } { get-ssh-access local-nope }
            { configure-firewall local-nope [] }
        ] {
            assert equal (failure $operation) "Server not found: local-nope"
        }
    }
}

@test
export def test_catalog_tables_agree [] {
    assert equal (get-pricing | get plan) (get-plans | get name)
    assert equal (get-pricing | get price | math sum) 0.0
    assert equal (get-zones | get name) [local isolated]
}

@test
export def test_generated_configurations_are_valid [] {
    in-scratch {
        assert (validate-server-config (generate server-config web-1)).valid
        let settings = generate settings-file | from toml
        assert (validate-config $settings).valid
        assert equal $settings.state_dir $env.LOCAL_PROVIDER_STATE
    }
}

# `nu tests/unit_tests.nu` runs this file alone.
def main [] { ^$nu.current-exe -n ($env.FILE_PWD | path join run_all_tests.nu) unit_tests.nu }
