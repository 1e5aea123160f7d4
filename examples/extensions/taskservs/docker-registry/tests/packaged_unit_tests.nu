# What the operations tell without starting anything. Shared word for word by the taskservs of Debian's packages.

use std/assert
use std/testing *
use provisioning/testing.nu *
use ../nulib/mod.nu *
use ../generate/generate.nu

@test
export def test_the_taskserv_describes_itself [] {
    let info = taskserv-info
    assert equal ($info | select name version type) {name: $SERVICE_NAME, version: $SERVICE_VERSION, type: taskserv}
    assert equal ($info.ports | length) 1
}

@test
export def test_nothing_is_installed_at_first [] {
    in-scratch {
        let now = status
        assert equal ($now | select service installed running pid version) {
            service: $SERVICE_NAME, installed: false, running: false, pid: null, version: null
        }
        assert equal ($now.health | select healthy status) {healthy: false, status: unknown}
        for operation in [{ restart } { configure {} } { upgrade "1.0.0" } { get-current-version } { check-updates }] {
            assert equal (error-of $operation | get msg) $"($SERVICE_NAME) is not installed"
        }
        # Nothing to do is no error.
        assert equal (uninstall) null
    }
}

@test
export def test_the_plan_has_every_setting_and_changes_nothing [] {
    in-scratch {|dir|
        let plan = install {port: (free-port)} --check
        assert equal ($plan | select action service check_mode would_install errors) {
            action: install, service: $SERVICE_NAME, check_mode: true, would_install: true, errors: []
        }
        assert equal $plan.requirements_met {met: true, missing: []}
        assert equal $plan.settings.host "127.0.0.1"
        assert equal (ls --all $dir) []
    }
}

@test
export def test_what_the_schema_does_not_allow_is_refused [] {
    in-scratch {
        for config in [{port: 0} {port: "80"} {prot: 80} {host: "a b; c"} {host: "127.0.0.1\nx y"} {manager: cron}] {
            assert (error-of { install $config --check } | get msg | is-not-empty) ($config | to nuon)
        }
        assert equal (status).installed false
    }
}

@test
export def test_another_version_than_the_machine_has_is_not_met [] {
    in-scratch {
        let plan = install {port: (free-port)} --version "0.0.1" --check
        assert equal $plan.would_install false
        assert equal $plan.requirements_met.missing [$"($SERVICE_NAME) 0.0.1"]
        let error = error-of { install {port: (free-port)} --version "0.0.1" }
        assert str contains $error.msg "Requirements not met"
        assert str contains $error.help "apt-get install"
    }
}

@test
export def test_a_directory_with_other_things_is_left_alone [] {
    in-scratch {|dir|
        let prefix = $dir | path join taken
        mkdir $prefix
        "precious" | save ($prefix | path join file)
        let error = error-of { install {port: (free-port), prefix: $prefix} }
        assert str contains $error.msg "holds other things"
        assert equal (ls $prefix | get name | path basename) [file]
    }
}

@test
export def test_versions_are_versions [] {
    let versions = get-available-versions
    assert ($versions | is-not-empty)
    assert ($versions | all {|version| $version =~ '^\d+\.\d+\.\d+$' })
}

@test
export def test_the_generated_configuration_is_one [] {
    in-scratch {
        let config = generate service-config --port 7001
        assert equal $config.port 7001
        assert equal (install $config --check | get settings) $config
    }
}
