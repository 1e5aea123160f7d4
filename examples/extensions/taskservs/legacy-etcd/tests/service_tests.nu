# What is particular to etcd: its configuration file, and the KCL files beside the module.

use std/assert
use std/testing *
use ../nulib/mod.nu *
use fixture.nu *

const ROOT = path self ..

@test
export def test_the_configuration_file_is_etcds_own [] {
    in-scratch {|dir|
        let installed = install {archive: (build-archive $dir $SERVICE_VERSION) member_name: one}
        let file = open ($installed.config_file)
        assert equal $file.name one
        assert equal $file.data-dir ($installed.prefix | path join data)
        assert equal $file.listen-client-urls "http://127.0.0.1:2379"
        assert equal $file.initial-cluster "one=http://127.0.0.1:2380"
    }
}

@test
export def test_kcl_and_module_name_the_same_release [] {
    let version = open --raw ($ROOT | path join kcl version.k)
    assert str contains $version $"version = \"($SERVICE_VERSION)\""
    let package = open --raw ($ROOT | path join kcl.mod) | from toml | get package
    assert equal $package.version $SERVICE_VERSION
}

# `nu tests/service_tests.nu` runs this file alone.
def main [] { ^$nu.current-exe -n ($env.FILE_PWD | path join run_all_tests.nu) service_tests.nu }
