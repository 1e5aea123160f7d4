# The real services on free ports of loopback.

use std/assert
use std/testing *
use provisioning *
use provisioning/testing.nu *
use ../nulib/mod.nu *

const TASKSERVS = path self ../../../taskservs

# A configuration with free ports; processes of their own, because units of systemd's would outlive the run of the tests.
def config [more: record = {}]: nothing -> record {
    let names = list-components | get name
    {
        extensions: ($names | reduce --fold {} {|name, all| $all | insert $name ($TASKSERVS | path join $name) })
        components: ($names | reduce --fold {} {|name, all|
            $all | insert $name ({port: (free-port) manager: process} | merge ($more | get --optional $name | default {}))
        })
    }
}

@test
export def test_the_life_of_the_cluster [] {
    in-scratch {
        let config = config
        let plan = create $config --check
        assert equal ($plan | select would_create requirements_check) {would_create: true, requirements_check: {met: true, issues: []}}
        assert equal (status).status absent

        let created = create $config --wait
        assert equal ($created | select success changed status) {success: true, changed: true, status: running}
        assert equal $created.components.name [redis docker-registry nginx]
        # through all three of them: the web server, the registry, and its cache
        assert equal (http-health $"($created.endpoints.nginx)/v2/" | get healthy) true
        assert equal (status | select status healthy) {status: running, healthy: true}

        # the second time changes nothing
        let again = create $config
        assert equal $again.changed false
        assert equal $again.components.changed [false false false]

        let before = component-status nginx
        restart-component nginx
        assert not equal (component-status nginx).pid $before.pid
        assert (scale 2).success
        assert equal (^pgrep --parent ((component-status nginx).pid | into string) | lines | length) 2
        assert (upgrade "1.0.0").success

        service stop redis | ignore
        assert equal (status | select status healthy) {status: degraded, healthy: false}
        assert equal (create $config | get changed) true
        assert equal (status).status running

        delete
        assert equal (status).status absent
        assert equal (service list | where running) []
        for endpoint in ($config.components | values) { assert equal (port-open $endpoint.port) false }
    }
}

@test
export def test_a_component_that_fails_takes_back_those_before_it [] {
    in-scratch {|dir|
        let taken = free-port
        service start other [python3 -m http.server ($taken | into string) --bind "127.0.0.1"] --cwd $dir --ready { port-open $taken } --manager process
        let config = config {nginx: {port: $taken, start_timeout: 3}}
        let error = error-of { create $config }
        assert equal $error.msg "Cluster deployment failed at component: nginx"
        assert equal (status).status absent
        assert equal (service list | where running | get name) [other]
    }
}
