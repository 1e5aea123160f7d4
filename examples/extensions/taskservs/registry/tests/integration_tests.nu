# Real installations of a stand-in release, in a directory of their own.

use std/assert
use std/testing *
use ../nulib/mod.nu *
use fixture.nu *

# A version before the one that is installed unless asked otherwise.
def older []: nothing -> string { get-available-versions | where $it != $SERVICE_VERSION | last }

@test
export def test_full_lifecycle [] {
    in-scratch {|dir|
        let installed = install {archive: (build-archive $dir $SERVICE_VERSION)}
        assert $installed.success
        assert $installed.changed
        assert equal $installed.version $SERVICE_VERSION
        assert equal $installed.status installed
        assert ($installed.config_file | path exists)
        assert equal (get-current-version) $SERVICE_VERSION

        let now = status
        assert $now.installed
        assert equal $now.version $SERVICE_VERSION
        assert equal $now.running false
        assert equal $now.health.healthy false

        configure $CHANGE.setting
        assert str contains (open --raw $installed.config_file) $CHANGE.line

        uninstall
        assert equal (status).installed false
        assert not ($installed.prefix | path exists)
    }
}

@test
export def test_installing_twice_changes_nothing [] {
    in-scratch {|dir|
        let config = {archive: (build-archive $dir $SERVICE_VERSION)}
        assert (install $config).changed
        assert equal (install $config).changed false
    }
}

@test
export def test_another_version_is_a_matter_for_upgrade [] {
    in-scratch {|dir|
        install {archive: (build-archive $dir (older))} --version (older)
        let config = {archive: (build-archive $dir $SERVICE_VERSION)}
        let plan = install $config --check
        assert equal $plan.would_install false
        assert equal $plan.errors [$"already installed in version (older)"]
        assert str contains (failure { install $config }) $"already installed in version (older)"
    }
}

@test
export def test_archives_with_one_directory_are_understood [] {
    in-scratch {|dir|
        install {archive: (build-archive $dir $SERVICE_VERSION --nested)}
        assert equal (get-current-version) $SERVICE_VERSION
    }
}

@test
export def test_checksum_is_verified [] {
    in-scratch {|dir|
        let archive = build-archive $dir $SERVICE_VERSION
        let wrong = "" | fill --character 0 --width 64
        assert str contains (failure { install {archive: $archive sha256: $wrong} }) "Checksum mismatch"
        assert equal (status).installed false
        install {archive: $archive sha256: (open --raw $archive | hash sha256)}
        assert equal (get-current-version) $SERVICE_VERSION
    }
}

@test
export def test_an_archive_of_another_version_is_refused [] {
    in-scratch {|dir|
        let archive = build-archive $dir (older)
        assert str contains (failure { install {archive: $archive} }) $"not ($SERVICE_VERSION)"
        assert equal (ls $dir | where name =~ share | get name | each { glob $"($in)/**" --no-dir } | flatten) []
    }
}

@test
export def test_a_broken_archive_is_refused [] {
    in-scratch {|dir|
        let file = $dir | path join broken.tar.gz
        "not an archive" | save $file
        assert str contains (failure { install {archive: $file} }) "Not a readable archive"
    }
}

@test
export def test_an_archive_that_leaves_its_directory_is_refused [] {
    in-scratch {|dir|
        let file = $dir | path join evil.tar
        "x" | save ($dir | path join x)
        ^tar --create --file $file --directory $dir --transform 's,^x$,../../x,' --absolute-names x
        assert str contains (failure { install {archive: $file} }) "outside its own directory"
    }
}

@test
export def test_a_foreign_prefix_is_left_alone [] {
    in-scratch {|dir|
        let prefix = $dir | path join taken
        mkdir $prefix
        "precious" | save ($prefix | path join file)
        let archive = build-archive $dir $SERVICE_VERSION
        assert str contains (failure { install {archive: $archive prefix: $prefix} }) "not empty"
        assert equal (ls $prefix | get name | path basename) [file]
    }
}

@test
export def test_upgrade_and_the_way_back [] {
    in-scratch {|dir|
        install {archive: (build-archive $dir (older))} --version (older)
        assert (check-updates).update_available
        assert str contains (failure { upgrade $SERVICE_VERSION }) "Requirements not met: archive"

        let archive = build-archive $dir $SERVICE_VERSION
        let plan = upgrade $SERVICE_VERSION --archive $archive --check
        assert $plan.would_upgrade
        assert equal (get-current-version) (older)

        let upgraded = upgrade $SERVICE_VERSION --archive $archive
        assert equal ($upgraded | select from to) {from: (older) to: $SERVICE_VERSION}
        assert equal (get-current-version) $SERVICE_VERSION
        assert equal (check-updates).update_available false

        # the previous release is still unpacked: no archive is needed
        assert str contains (failure { upgrade (older) }) "--allow-downgrade"
        upgrade (older) --allow-downgrade
        assert equal (get-current-version) (older)
    }
}

@test
export def test_available_versions_include_what_was_unpacked [] {
    in-scratch {|dir|
        install {archive: (build-archive $dir "99.10.0")} --version "99.10.0"
        upgrade "99.9.0" --archive (build-archive $dir "99.9.0") --allow-downgrade
        # ordered as versions, not as strings
        assert equal (get-available-versions | last 2) ["99.9.0" "99.10.0"]
        assert equal (check-updates).latest "99.10.0"
    }
}

@test
export def test_keep_data_keeps_the_data_only [] {
    in-scratch {|dir|
        let prefix = install {archive: (build-archive $dir $SERVICE_VERSION)} | get prefix
        "precious" | save ($prefix | path join data file)
        uninstall --keep-data
        assert equal (ls $prefix | get name | path basename) [data]
        # and the prefix can be used again
        install {archive: (build-archive $dir $SERVICE_VERSION)}
        assert equal (open --raw ($prefix | path join data file)) precious
        uninstall
        assert not ($prefix | path exists)
    }
}

@test
export def test_check_changes_nothing [] {
    in-scratch {|dir|
        let archive = build-archive $dir $SERVICE_VERSION
        install {archive: $archive} --check
        assert equal (status).installed false
        install {archive: $archive}
        let before = open --raw (install {archive: $archive}).config_file
        configure $CHANGE.setting --check
        assert equal (open --raw (install {archive: $archive}).config_file) $before
        uninstall --check
        assert (status).installed
    }
}

@test
export def test_uninstall_refuses_another_prefix [] {
    in-scratch {|dir|
        install {archive: (build-archive $dir $SERVICE_VERSION)}
        assert str contains (failure { uninstall {prefix: $dir} }) "Refusing to remove"
        assert (status).installed
    }
}

@test
export def test_restart_needs_systemd_to_know_the_service [] {
    in-scratch {|dir|
        assert str contains (failure { restart }) "is not installed"
        install {archive: (build-archive $dir $SERVICE_VERSION)}
        assert str contains (failure { restart }) "Cannot restart"
    }
}

@test
export def test_operations_leave_pipeline_input_alone [] {
    in-scratch {|dir|
        # in a closure, the first command of a block inherits the closure's input
        let archive = build-archive $dir $SERVICE_VERSION
        for operation in [
            { install {archive: $archive} --check } { install {archive: $archive} } { configure $CHANGE.setting }
            { status } { check-health } { get-current-version } { get-available-versions } { check-updates }
            { upgrade $SERVICE_VERSION } { taskserv-info } { uninstall --check } { uninstall }
        ] { [1 text] | each $operation }
        assert equal (status).installed false
    }
}

# `nu tests/integration_tests.nu` runs this file alone.
def main [] { ^$nu.current-exe -n ($env.FILE_PWD | path join run_all_tests.nu) integration_tests.nu }
