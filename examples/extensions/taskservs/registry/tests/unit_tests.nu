# What the taskserv decides without installing anything.

use std/assert
use std/testing *
use ../nulib/mod.nu *
use ../generate/generate.nu
use fixture.nu *

const METADATA = path self ../metadata.toml

@test
export def test_info_agrees_with_the_metadata [] {
    let metadata = open $METADATA
    let info = taskserv-info
    assert equal $info.name $metadata.extension.name
    assert equal $info.version $metadata.extension.version
    assert equal $info.type $metadata.extension.type
    let names = $metadata.dependencies.extensions | each { split row ' ' | first }
    assert equal $info.dependencies $names
}

@test
export def test_check_mode_returns_a_plan [] {
    in-scratch {|dir|
        let plan = install {archive: (build-archive $dir $SERVICE_VERSION)} --check
        assert equal $plan.action install
        assert equal $plan.service $SERVICE_NAME
        assert equal $plan.version $SERVICE_VERSION
        assert $plan.check_mode
        assert $plan.would_install
        assert equal $plan.requirements_met {met: true missing: []}
    }
}

@test
export def test_without_an_archive_nothing_is_downloaded [] {
    in-scratch {
        assert equal (install --check | get requirements_met) {met: false missing: [archive]}
        assert equal (failure { install }) "Requirements not met: archive"
    }
}

@test
export def test_the_archive_may_come_from_the_environment [] {
    in-scratch {|dir|
        let variable = $"($SERVICE_NAME | str uppercase | str replace '-' '_')_ARCHIVE"
        build-archive $dir $SERVICE_VERSION
        with-env {$variable: ($dir | path join "release-{version}.tar.gz")} {
            assert (install --check).requirements_met.met
        }
    }
}

@test
export def test_a_download_must_be_safe [] {
    in-scratch {
        assert str contains (failure { install {archive: "http://example.com/x.tar.gz"} }) "must be a path or an https URL"
        assert str contains (failure { install {archive: "https://example.com/x.tar.gz"} }) "needs its sha256"
    }
}

@test
export def test_every_fault_is_reported_at_once [] {
    let message = in-scratch { failure { install {version: "1.x" sha256: abc prefix: "/a b"} } }
    for part in ["version 1.x" "sha256 must be" "prefix /a b"] { assert str contains $message $part }
    # what is not of its type can be looked into no further
    let message = in-scratch { failure { install {nonsense: 1 version: 1.7 archive: [x] start: "yes"} } }
    for part in ["unknown key nonsense" "version must be of type string" "archive must be of type string" "start must be of type bool"] {
        assert str contains $message $part
    }
}

@test
export def test_faults_are_part_of_the_plan_in_check_mode [] {
    let plan = in-scratch { install {nonsense: 1} --check }
    assert equal $plan.would_install false
    assert equal ($plan.errors | length) 1
}

@test
export def test_what_is_not_installed_says_so [] {
    in-scratch {
        assert str contains (failure { get-current-version }) "is not installed"
        assert str contains (failure { configure {} }) "is not installed"
        assert str contains (failure { upgrade $SERVICE_VERSION }) "is not installed"
        assert equal (status | select installed version running) {installed: false version: null running: false}
        let updates = check-updates
        assert equal ($updates | select current latest update_available) {current: null latest: $SERVICE_VERSION update_available: false}
        # removing nothing is not an error
        uninstall
    }
}

@test
export def test_available_versions_are_in_order [] {
    let versions = in-scratch { get-available-versions }
    assert equal ($versions | last) $SERVICE_VERSION
    assert equal $versions ($versions | sort-by { into semver })
}

@test
export def test_generated_configuration_is_valid [] {
    in-scratch {
        let config = generate service-config
        assert equal (install $config --check).errors []
    }
}

@test
export def test_settings_of_the_wrong_kind_are_refused [] {
    for case in $BAD_SETTINGS {
        let message = in-scratch { failure { install $case.config } }
        assert str contains $message $case.says
    }
}

# `nu tests/unit_tests.nu` runs this file alone.
def main [] { ^$nu.current-exe -n ($env.FILE_PWD | path join run_all_tests.nu) unit_tests.nu }
