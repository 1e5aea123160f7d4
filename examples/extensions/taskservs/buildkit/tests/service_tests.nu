# What is particular to buildkit: the containerd it works through, and its configuration file.

use std/assert
use std/testing *
use ../nulib/mod.nu *
use fixture.nu *

# Replaces the containerd that the scratch directory puts on PATH.
def set-containerd [dir: string, version: string]: nothing -> nothing {
    let program = $dir | path join bin containerd
    $"#!/bin/sh\necho 'containerd github.com/containerd/containerd v($version) abc'\n" | save --force --raw $program
}

@test
export def test_containerd_is_required [] {
    in-scratch {|dir|
        let config = {archive: (build-archive $dir $SERVICE_VERSION)}
        rm ($dir | path join bin containerd)
        with-env {PATH: [($dir | path join bin) /usr/bin /bin]} {
            if (which --all containerd | is-empty) {
                assert equal (install $config --check).requirements_met {met: false missing: ["containerd >=1.6.0"]}
                assert str contains (failure { install $config }) "containerd >=1.6.0"
            }
        }
    }
}

@test
export def test_containerd_must_be_recent_enough [] {
    in-scratch {|dir|
        let config = {archive: (build-archive $dir $SERVICE_VERSION)}
        set-containerd $dir 1.5.18
        assert equal (install $config --check).requirements_met.missing ["containerd >=1.6.0 (found 1.5.18)"]
        # 1.10 is later than 1.6
        set-containerd $dir 1.10.0
        assert (install $config --check).requirements_met.met
    }
}

@test
export def test_the_configuration_file_is_buildkits_own [] {
    in-scratch {|dir|
        let installed = install {
            archive: (build-archive $dir $SERVICE_VERSION)
            worker_count: 4
            cache_size: 10Gi
            registry_mirrors: ["registry:5000"]
        }
        let file = open $installed.config_file
        assert equal $file.grpc.address ["unix:///run/buildkit/buildkitd.sock"]
        assert equal $file.worker.oci.enabled false
        assert equal $file.worker.containerd.max-parallelism 4
        assert equal $file.worker.containerd.gcpolicy.0.keepBytes 10737418240
        assert equal $file.registry {docker.io: {mirrors: ["registry:5000"]}}

        # a registry without TLS has to be named as such
        configure {insecure_mirrors: true}
        assert equal (open $installed.config_file | get registry | get "registry:5000") {http: true}
    }
}

# `nu tests/service_tests.nu` runs this file alone.
def main [] { ^$nu.current-exe -n ($env.FILE_PWD | path join run_all_tests.nu) service_tests.nu }
