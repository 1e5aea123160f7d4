# The real services on free ports of loopback.

use std/assert
use std/testing *
use provisioning *
use provisioning/testing.nu *
use ../nulib/mod.nu *

const TASKSERVS = path self ../../../taskservs

# A configuration with free ports; processes of their own, because units of systemd's would outlive the run of the tests.
def config [more: record = {}]: nothing -> record {
    {
        components: (list-components | get name | reduce --fold {} {|name, all|
            $all | insert $name ({port: (free-port) manager: process} | merge ($more | get --optional $name | default {}))
        })
    }
}

# Runs a closure where the taskservs are registered, and takes down what it leaves.
def with-taskservs [work: closure]: nothing -> any {
    in-scratch {|dir|
        with-env {PROVISIONING_DATA_DIR: ($dir | path join provisioning)} {
            for name in (list-components | get name) { extension register ($TASKSERVS | path join $name) | ignore }
            do $work $dir
        }
    }
}

@test
export def test_the_life_of_the_cluster [] {
    with-taskservs {
        let config = config
        let plan = create $config --check
        assert equal ($plan | select would_create requirements_check) {would_create: true, requirements_check: {met: true, issues: []}}
        assert equal (status).status absent

        let created = create $config --wait
        assert equal ($created | select success changed status) {success: true, changed: true, status: running}
        assert equal ($created.components.component | sort) [docker-registry nginx redis]
        # through all three of them: the web server, the registry, and its cache
        assert equal (http-health $"($created.endpoints.nginx)/v2/" | get healthy) true
        assert equal (status | select status healthy) {status: running, healthy: true}

        # the second time changes nothing
        assert equal (create $config | get changed) false

        let before = component-status nginx | get details
        restart-component nginx
        let after = component-status nginx | get details
        assert not equal $after.pid $before.pid
        assert (scale 2 --check).would_scale
        assert equal (component-status nginx).details.pid $after.pid
        assert (scale 2).success
        assert equal (^pgrep --parent ((component-status nginx).details.pid | into string) | lines | length) 2
        assert equal (upgrade "1.0.0").components.changed [false false false]
        assert equal (upgrade "1.0.0" --check).components.would_upgrade [false false false]

        service stop redis | ignore
        assert equal (status | select status healthy) {status: degraded, healthy: false}
        restart-component redis
        assert equal (status | select status healthy) {status: running, healthy: true}

        delete --check
        assert equal (status).status running
        delete
        assert equal (status).status absent
        assert equal (service list | where running) []
        for endpoint in ($config.components | values) { assert equal (port-open $endpoint.port) false }
    }
}

@test
export def test_what_is_in_the_way_is_listed_before_anything_is_done [] {
    with-taskservs {
        let config = config {nginx: {user: "root; x"}}
        let found = create $config --check | get requirements_check
        assert equal $found.met false
        assert ($found.issues | all {|issue| $issue | str starts-with "nginx: " })
        assert str contains (error-of { create $config } | get msg) "Cluster requirements not met: nginx"
        assert equal (status).status absent
        assert equal (service list) []
    }
}

@test
export def test_a_component_that_fails_takes_back_those_before_it [] {
    with-taskservs {|dir|
        let taken = free-port
        service start other [python3 -m http.server ($taken | into string) --bind "127.0.0.1"] --cwd $dir --port $taken --manager process
        let config = config {nginx: {port: $taken, start_timeout: 3}}
        let error = error-of { create $config }
        assert str contains ($error | to nuon) nginx
        assert equal (status).status absent
        assert equal (service list | where running | get name) [other]
    }
}

@test
export def test_the_librarys_helpers_know_the_deployment [] {
    with-taskservs {
        let config = config
        assert equal (check-cluster-requirements (list-components)) {met: true, issues: []}
        create $config
        assert equal (get-cluster-endpoints $CLUSTER_NAME | get redis) $"redis://127.0.0.1:($config.components.redis.port)"
        assert equal (wait-for-cluster-ready $CLUSTER_NAME --timeout 1min | get status) running
        service stop nginx | ignore
        let error = error-of { wait-for-cluster-ready $CLUSTER_NAME --timeout 1ms }
        assert str contains $error.msg "the cluster `cache-stack`"
        delete
    }
}
