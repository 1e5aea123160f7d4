# The cluster `custom-stack`, without a cloud.

use std/assert
use std/testing *
use ../nulib/clusters/mod.nu *
use ../nulib/clusters/components.nu [COMPONENTS]
use ../generate/generate.nu
use fixture.nu *

const MANIFEST = path self ../extension.toml
const SCHEMA = path self ../schemas/cluster.ncl

@test
export def test_info_agrees_with_the_manifest [] {
    let manifest = open $MANIFEST
    let info = cluster-info
    assert equal $info.version $manifest.extension.version
    assert ($info.name in $manifest.provides.clusters)
    assert equal $info.required_resources.min_nodes ($COMPONENTS.config.replicas | math sum)
}

@test
export def test_components_agree_with_the_schema [] {
    let schema = open --raw $SCHEMA
    for component in $COMPONENTS {
        assert str contains $schema $"name = \"($component.name)\""
        assert str contains $schema $"config = { plan = \"($component.config.plan)\", replicas = ($component.config.replicas) }"
    }
}

@test
export def test_tiers_are_deployed_from_the_bottom [] {
    assert equal (list-components | get name) [database monitoring app-servers web-servers load-balancer]
    assert str contains (failure { resolve-component-dependencies [{name: a dependencies: [b]} {name: b dependencies: [a]}] }).msg "a -> b -> a"
    assert str contains (failure { resolve-component-dependencies [{name: a dependencies: [q]}] }).msg "Unknown dependency of a: q"
}

@test
export def test_check_mode_needs_neither_key_nor_network [] {
    unconfigured {
        let plan = create {app_name: shop components: {app-servers: {replicas: 2}}} --check
        assert equal $plan.action create-cluster
        assert $plan.check_mode
        assert equal ($plan.components | where name == app-servers | first | get config) {plan: large replicas: 2}
        assert equal $plan.requirements_check.met false
        assert str contains $plan.requirements_check.issues.0 "not configured"
    }
}

@test
export def test_cost_is_that_of_all_servers [] {
    # 2 xlarge, 5 large, 3 medium, 2 small, each with 20 GB of disk
    assert equal (calculate-cluster-cost | math round --precision 2) 2.44
    assert equal (create {components: {database: {plan: huge}}} --check).estimated_cost null
}

@test
export def test_every_fault_is_an_issue [] {
    with-env $NOWHERE {
        let issues = (check-cluster-requirements {
            nonsense: 1
            zone: moon
            components: {cache: {} database: {plan: huge} web-servers: {replicas: 0}}
        }).issues | str join "\n"
        for part in [
            "unknown configuration key: nonsense" "no such component: cache" "database: Invalid plan: huge"
            "web-servers: replicas must be at least 1" "load-balancer: Invalid zone: moon"
        ] { assert str contains $issues $part }
        assert (check-cluster-requirements (generate stack-config shop)).met
    }
}

@test
export def test_requirements_stand_before_the_network [] {
    unconfigured {
        assert str contains (failure { create }).msg "Cluster requirements not met: Custom Cloud is not configured"
    }
}

@test
export def test_no_error_shows_the_key [] {
    with-env $NOWHERE {
        for operation in [
            { create } { delete } { status } { scale 2 } { upgrade "2.0.0" }
            { component-status database } { restart-component database }
        ] {
            let caught = failure $operation
            assert str contains $caught.msg "no answer"
            assert not ($caught.shown =~ $NOWHERE.CUSTOM_CLOUD_API_KEY)
        }
    }
}

@test
export def test_names_and_numbers_are_checked_before_the_network [] {
    assert str contains (failure { component-status nope }).shown "components: load-balancer"
    assert str contains (failure { restart-component nope }).msg "Unknown component: nope"
    assert str contains (failure { scale 2 --component database }).msg "Cannot scale database"
    assert str contains (failure { scale 0 }).msg "Cannot scale to 0"
}

@test
export def test_operations_leave_pipeline_input_alone [] {
    with-env $NOWHERE {
        # in a closure, the first command of a block inherits the closure's input
        for operation in [{ create --check } { cluster-info } { list-components } { check-cluster-requirements } { calculate-cluster-cost }] {
            [text] | each $operation
        }
        for operation in [
            { create } { delete } { status } { scale 2 } { upgrade "2.0.0" }
            { component-status database } { restart-component database }
        ] {
            assert str contains (failure { [text] | each $operation }).shown "no answer"
        }
    }
}

# `nu tests/cluster_tests.nu` runs this file alone.
def main [] { ^$nu.current-exe -n ($env.FILE_PWD | path join run_all_tests.nu) cluster_tests.nu }
