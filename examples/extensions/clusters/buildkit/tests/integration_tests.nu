# Whole clusters of stand-in components, each operation in a nu of its own.

use std/assert
use std/testing *
use ../nulib/mod.nu *
use fixture.nu *

@test
export def test_full_lifecycle [] {
    in-scratch {|config|
        let created = create $config
        assert $created.success
        assert equal ($created.components | select component status) [
            {component: containerd status: deployed}
            {component: registry status: deployed}
            {component: buildkit status: deployed}
        ]
        assert equal $created.endpoints.registry "http://127.0.0.1:5000"
        assert equal $created.status stopped

        # from here on, the extensions are known from the creation
        let now = status
        assert equal $now.version $CLUSTER_VERSION
        assert equal ($now.created_at | describe) datetime
        assert $now.healthy
        assert equal (component-status registry | select component version) {component: registry version: "2.8.0"}
        restart-component registry
        assert (scale 8).success

        delete --keep-data
        assert equal (status).status absent
        assert equal (journal) [
            "install containerd" "install registry" "install buildkit"
            "restart registry" 'configure buildkit {"worker_count":8}'
            "uninstall buildkit keep=true" "uninstall registry keep=true" "uninstall containerd keep=true"
        ]
    }
}

@test
export def test_a_failure_takes_back_what_was_deployed [] {
    in-scratch {|config|
        let caught = failure { create ($config | insert components {buildkit: {fail: true}}) }
        assert str contains $caught.msg "Cluster deployment failed at component: buildkit"
        assert str contains $caught.shown "no such luck"
        assert equal (journal) [
            "install containerd" "install registry" "uninstall registry keep=false" "uninstall containerd keep=false"
        ]
        assert equal (status).created_at null
    }
}

@test
export def test_rolling_back_leaves_what_was_there_before [] {
    in-scratch {|config|
        create ($config | insert components {buildkit: {enabled: false} registry: {enabled: false}})
        failure { create ($config | insert components {buildkit: {fail: true}}) }
        assert ("uninstall registry keep=false" in (journal))
        assert ("uninstall containerd keep=false" not-in (journal))
    }
}

@test
export def test_waiting_ends_when_all_components_run [] {
    in-scratch {|config|
        with-env {RUNNING: "containerd buildkit registry"} {
            assert equal (create $config --wait).status running
            assert equal (status).status running
        }
    }
}

@test
export def test_waiting_names_what_does_not_run [] {
    in-scratch {|config|
        with-env {RUNNING: "containerd buildkit"} {
            let caught = failure { create ($config | insert wait_timeout 0) --wait }
            assert str contains $caught.msg "registry not running"
            assert equal (status).status degraded
        }
    }
}

@test
export def test_deletion_stops_unless_forced [] {
    in-scratch {|config|
        create $config
        with-env {STUCK: registry} {
            assert equal (failure { delete }).msg "Component removal failed: registry"
            assert equal (journal | last) "uninstall buildkit keep=false"
            delete --force
            assert equal (journal | last) "uninstall containerd keep=false"
        }
    }
}

@test
export def test_deletion_check_changes_nothing [] {
    in-scratch {|config|
        create $config
        let before = journal
        delete --check
        assert equal (journal) $before
    }
}

@test
export def test_upgrade_brings_components_to_the_release [] {
    in-scratch {|config|
        create ($config | insert components {registry: {version: "2.7.1"}})
        let plan = upgrade $CLUSTER_VERSION --check
        assert $plan.would_upgrade
        assert equal ($plan.components | where changed) [{component: registry from: "2.7.1" to: "2.8.0" changed: true}]
        assert (upgrade $CLUSTER_VERSION --config {components: {registry: {archive: a sha256: b}}}).success
        assert equal (journal | last) "upgrade registry 2.8.0"
        assert equal (upgrade $CLUSTER_VERSION --check).would_upgrade false
    }
}

@test
export def test_a_failed_upgrade_goes_back [] {
    in-scratch {|config|
        create ($config | insert components {containerd: {version: "1.6.20"} registry: {version: "2.7.1"}})
        let caught = failure { upgrade $CLUSTER_VERSION --config {components: {registry: {archive: bad}}} }
        assert str contains $caught.msg "Cluster upgrade failed at component: registry"
        assert equal (journal | last 2) ["upgrade containerd 1.7.0" "upgrade containerd 1.6.20"]
    }
}

@test
export def test_an_extension_that_cannot_be_loaded_is_an_issue [] {
    in-scratch {|config|
        "this is not nushell [" | save --force ($config.extensions.registry | path join nulib mod.nu)
        assert str contains (check-cluster-requirements $config).issues.0 "registry: its extension cannot be run"
    }
}

@test
export def test_operations_leave_pipeline_input_alone [] {
    in-scratch {|config|
        # in a closure, the first command of a block inherits the closure's input
        for operation in [
            { create $config --check } { create $config } { status } { scale 2 } { upgrade $CLUSTER_VERSION } { cluster-info }
            { list-components } { component-status registry } { restart-component registry } { delete --check } { delete }
        ] { [text] | each $operation }
        assert equal (status).status absent
    }
}

# `nu tests/integration_tests.nu` runs this file alone.
def main [] { ^$nu.current-exe -n ($env.FILE_PWD | path join run_all_tests.nu) integration_tests.nu }
