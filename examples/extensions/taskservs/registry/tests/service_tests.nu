# What is particular to the registry: its configuration file.

use std/assert
use std/testing *
use ../nulib/mod.nu *
use fixture.nu *

@test
export def test_images_are_kept_below_the_prefix_by_default [] {
    in-scratch {|dir|
        let installed = install {archive: (build-archive $dir $SERVICE_VERSION)}
        let file = open $installed.config_file
        assert equal $file.version 0.1
        assert equal $file.storage {filesystem: {rootdirectory: ($installed.prefix | path join data)}}
        assert equal $file.http.addr "127.0.0.1:5000"
        assert equal $file.auth {}
    }
}

@test
export def test_storage_elsewhere_survives_uninstalling [] {
    in-scratch {|dir|
        let images = $dir | path join images
        mkdir $images
        let installed = install {archive: (build-archive $dir $SERVICE_VERSION) storage_path: $images}
        assert equal (open $installed.config_file).storage.filesystem.rootdirectory $images
        uninstall
        assert ($images | path exists)
    }
}

@test
export def test_login_needs_a_password_file [] {
    in-scratch {|dir|
        let passwords = $dir | path join htpasswd
        "user:hash" | save $passwords
        let installed = install {
            archive: (build-archive $dir $SERVICE_VERSION)
            auth_enabled: true
            htpasswd_file: $passwords
        }
        assert equal (open $installed.config_file).auth {htpasswd: {realm: registry path: $passwords}}
    }
}

# `nu tests/service_tests.nu` runs this file alone.
def main [] { ^$nu.current-exe -n ($env.FILE_PWD | path join run_all_tests.nu) service_tests.nu }
