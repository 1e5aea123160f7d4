# The taskserv `custom-database`, with stand-ins for the database's programs.

use std/assert
use std/testing *
use ../nulib/taskservs/mod.nu *
use fixture.nu *

const MANIFEST = path self ../extension.toml

@test
export def test_info_agrees_with_the_manifest [] {
    let manifest = open $MANIFEST
    let info = taskserv-info
    assert equal $info.version $manifest.extension.version
    assert ($info.name in $manifest.provides.taskservs)
}

@test
export def test_the_server_has_to_be_installed_first [] {
    in-scratch {
        assert equal (install --check).requirements_met {met: false missing: [customdb-server]}
        assert equal (failure { install }).msg "Requirements not met: customdb-server"
        assert str contains (failure { get-current-version }).msg "customdb-server is not installed"
    }
}

@test
export def test_full_lifecycle [] {
    in-scratch {|dir|
        put-server $dir 13.4.0
        let installed = install {port: 6000}
        assert $installed.success
        assert equal $installed.version 13.4.0
        assert equal $installed.endpoint "localhost:6000"
        let file = open --raw $installed.config_file | from toml
        assert equal $file.port 6000
        assert equal $file.data_directory ($dir | path join share customdb)
        assert (status).installed

        configure {max_connections: 7}
        let changed = open --raw $installed.config_file | from toml
        assert equal ($changed | select port max_connections) {port: 6000 max_connections: 7}

        uninstall
        assert equal (status).installed false
        assert not ($installed.config_file | path exists)
        assert not ($dir | path join share customdb | path exists)
    }
}

@test
export def test_keep_data_keeps_the_data [] {
    in-scratch {|dir|
        put-server $dir 14.0.0
        install
        uninstall --keep-data
        assert ($dir | path join share customdb | path exists)
    }
}

@test
export def test_a_directory_that_held_other_things_stays [] {
    in-scratch {|dir|
        put-server $dir 14.0.0
        let data = $dir | path join precious
        mkdir $data
        "x" | save ($data | path join file)
        install {data_directory: $data}
        uninstall
        assert ($data | path join file | path exists)
    }
}

@test
export def test_upgrade_adopts_what_the_package_manager_installed [] {
    in-scratch {|dir|
        put-server $dir 13.4.0
        install
        assert (check-updates).update_available
        assert str contains (failure { upgrade 14.0.0 }).shown "first upgrade customdb-server to 14.0.0"
        put-server $dir 14.0.0
        assert (upgrade 14.0.0 --check).would_upgrade
        assert equal (upgrade 14.0.0 | select from to) {from: 13.4.0 to: 14.0.0}
        assert equal (check-updates).update_available false
    }
}

@test
export def test_an_asked_for_version_has_to_be_the_installed_one [] {
    in-scratch {|dir|
        put-server $dir 13.4.0
        assert equal (install --version 14.0.0 --check).requirements_met.missing ["customdb-server 14.0.0 (found 13.4.0)"]
    }
}

@test
export def test_faults_are_reported_at_once [] {
    in-scratch {|dir|
        put-server $dir 14.0.0
        let caught = failure { install {port: 80 max_connections: 0 memory_limit: lots} }
        for part in ["port must be between 1025 and 65535" "max_connections must be positive" "memory_limit must be"] {
            assert str contains $caught.msg $part
        }
        let types = install {port: "80" nonsense: 1} --check
        assert equal $types.errors.0 "port must be of type int"
        assert str contains $types.errors.1 "unknown key nonsense"
    }
}

@test
export def test_what_is_not_installed_says_so [] {
    in-scratch {
        assert str contains (failure { configure {} }).msg "is not installed"
        assert str contains (failure { restart }).msg "is not installed"
        assert str contains (failure { upgrade 14.0.0 }).msg "is not installed"
        assert equal (status | select installed version running) {installed: false version: null running: false}
        uninstall
    }
}

@test
export def test_health_says_why_it_is_unknown [] {
    in-scratch {|dir|
        put-server $dir 14.0.0
        install
        with-env {PATH: [($dir | path join bin)]} {
            assert str contains (check-health).error "customdb-cli is not on PATH"
        }
    }
}

@test
export def test_operations_leave_pipeline_input_alone [] {
    in-scratch {|dir|
        put-server $dir 14.0.0
        # in a closure, the first command of a block inherits the closure's input
        for operation in [
            { install --check } { install } { configure {port: 6000} } { status } { check-health } { get-current-version }
            { get-available-versions } { check-updates } { upgrade 14.0.0 } { taskserv-info } { uninstall --check } { uninstall }
        ] { [text] | each $operation }
        assert equal (status).installed false
    }
}

# `nu tests/taskserv_tests.nu` runs this file alone.
def main [] { ^$nu.current-exe -n ($env.FILE_PWD | path join run_all_tests.nu) taskserv_tests.nu }
