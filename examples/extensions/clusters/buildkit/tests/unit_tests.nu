# The order of deployment, the plan, and what is refused before anything is touched.

use std/assert
use std/testing *
use ../nulib/mod.nu *
use ../nulib/components.nu [COMPONENTS effective-components]
use ../generate/generate.nu
use fixture.nu *

const METADATA = path self ../metadata.toml
const SCHEMA = path self ../schemas/cluster.ncl

def order [components: list<record>]: nothing -> list<string> { resolve-component-dependencies $components | get name }

@test
export def test_info_agrees_with_the_metadata [] {
    let metadata = open $METADATA
    let info = cluster-info
    assert equal $info.name $metadata.extension.name
    assert equal $info.version $metadata.extension.version
    assert equal $info.type $metadata.extension.type
    assert equal ($info.components.name | sort) ($metadata.dependencies.extensions.name | sort)
}

@test
export def test_components_agree_with_the_schema [] {
    let schema = open --raw $SCHEMA
    for component in $COMPONENTS {
        for field in [name version type] {
            assert str contains $schema $"($field) = \"($component | get $field)\""
        }
        for key in ($component.config | columns) { assert str contains $schema $"($key) = " }
    }
}

@test
export def test_components_are_deployed_in_waves [] {
    assert equal (list-components | get name) [containerd registry buildkit]
}

@test
export def test_declaration_order_is_kept_inside_a_wave [] {
    assert equal (order [{name: z} {name: app dependencies: [z a]} {name: a}]) [z a app]
    assert equal (order []) []
}

@test
export def test_disabled_components_are_left_out [] {
    assert equal (order [{name: a} {name: b enabled: false}]) [a]
    let caught = failure { order [{name: a dependencies: [b]} {name: b enabled: false}] }
    assert equal $caught.msg "a depends on b, which is disabled"
}

@test
export def test_a_cycle_is_shown_as_a_path [] {
    let caught = failure { order [{name: x dependencies: [a]} {name: a dependencies: [b]} {name: b dependencies: [a]}] }
    assert str contains $caught.msg "Circular dependency detected in cluster components"
    assert str contains $caught.msg "a -> b -> a"
    assert str contains (failure { order [{name: a dependencies: [a]}] }).msg "a -> a"
}

@test
export def test_unknown_and_duplicate_names_are_told_apart [] {
    let caught = failure { order [{name: a dependencies: [q]} {name: b} {name: b}] }
    assert str contains $caught.msg "Unknown dependency of a: q"
    assert str contains $caught.msg "Duplicate component: b"
}

@test
export def test_check_mode_returns_the_plan_and_all_issues [] {
    in-scratch {|config|
        let plan = create ($config | reject extensions.buildkit) --check
        assert equal $plan.action create-cluster
        assert equal $plan.cluster buildkit
        assert $plan.check_mode
        assert $plan.would_create
        assert equal ($plan.components | get name) [containerd registry buildkit]
        assert equal $plan.requirements_check.met false
        assert equal ($plan.requirements_check.issues | length) 1
        assert str contains $plan.requirements_check.issues.0 "buildkit: extension not registered"
        assert equal (journal) []
    }
}

@test
export def test_every_issue_is_named_when_requirements_are_not_met [] {
    in-scratch {
        let caught = failure { create }
        assert str contains $caught.msg "Cluster requirements not met"
        for name in [containerd buildkit registry] { assert str contains $caught.msg $"($name): extension not registered" }
    }
}

@test
export def test_what_other_components_provide_is_not_missing [] {
    in-scratch {|config|
        let lacking = $config | insert components {
            buildkit: {lacks: ["containerd >=1.6.0" "archive"]}
        }
        assert equal (check-cluster-requirements $lacking).issues ["buildkit: missing archive"]
    }
}

@test
export def test_faults_of_the_configuration_are_issues [] {
    in-scratch {|config|
        let issues = (check-cluster-requirements ($config | merge {
            nonsense: 1
            wait_timeout: soon
            components: {cache: {}}
        })).issues | str join "\n"
        assert str contains $issues "unknown configuration key: nonsense"
        assert str contains $issues "wait_timeout must be a number of seconds"
        assert str contains $issues "no such component: cache"
    }
}

@test
export def test_a_directory_without_an_extension_is_an_issue [] {
    in-scratch {|config|
        rm --recursive ($config.extensions.registry | path join nulib)
        assert str contains (check-cluster-requirements $config).issues.0 "registry: no extension in"
    }
}

@test
export def test_configuration_goes_over_the_components_own [] {
    let components = effective-components {components: {buildkit: {worker_count: 9 version: "0.12.1"} registry: {enabled: false}}}
    let buildkit = $components | where name == buildkit | first
    assert equal $buildkit.config {worker_count: 9 cache_size: 10Gi registry_mirrors: ["registry:5000"]}
    assert equal $buildkit.version "0.12.1"
    assert equal ($components | where name == registry | first | get enabled) false
}

@test
export def test_only_buildkit_can_be_scaled [] {
    assert (scale 3 --check).would_scale
    assert str contains (failure { scale 3 --component registry }).msg "Cannot scale registry"
    assert str contains (failure { scale 0 }).msg "Cannot scale to 0"
    assert str contains (failure { scale 1 --component nope }).shown "components: containerd, buildkit, registry"
}

@test
export def test_unknown_names_and_releases_say_what_is_known [] {
    assert str contains (failure { component-status nope }).shown "components: containerd, buildkit, registry"
    assert str contains (failure { restart-component nope }).msg "Unknown component: nope"
    assert str contains (failure { upgrade "9.9.9" }).shown "releases: 1.0.0"
}

@test
export def test_generated_configurations_are_accepted [] {
    in-scratch {|config|
        let generated = generate cluster-config --archives .
        assert equal (check-cluster-requirements ($config | merge $generated)).issues []
        let file = generate config-file --archives . | from toml
        assert equal (check-cluster-requirements ($config | merge $file)).issues []
        assert equal $file.components.registry.storage_path /var/lib/registry
    }
}

# `nu tests/unit_tests.nu` runs this file alone.
def main [] { ^$nu.current-exe -n ($env.FILE_PWD | path join run_all_tests.nu) unit_tests.nu }
