# What is particular to containerd.

use std/assert
use std/testing *
use ../nulib/mod.nu *
use fixture.nu *

@test
export def test_the_configuration_file_is_containerds_own [] {
    in-scratch {|dir|
        let installed = install {archive: (build-archive $dir $SERVICE_VERSION) socket: /run/other.sock}
        assert equal (open $installed.config_file) {
            version: 2
            root: ($installed.prefix | path join data)
            state: /run/containerd
            grpc: {address: /run/other.sock}
            debug: {level: info}
        }
    }
}

@test
export def test_the_unit_runs_the_version_in_use [] {
    in-scratch {|dir|
        let installed = install {archive: (build-archive $dir $SERVICE_VERSION)}
        let unit = open --raw ($installed.prefix | path join etc provisioning-containerd.service)
        assert str contains $unit $"ExecStart=($installed.prefix)/current/bin/containerd --config ($installed.config_file)"
    }
}

# `nu tests/service_tests.nu` runs this file alone.
def main [] { ^$nu.current-exe -n ($env.FILE_PWD | path join run_all_tests.nu) service_tests.nu }
