# What the cluster decides without starting anything.

use std/assert
use std/testing *
use provisioning/testing.nu *
use ../nulib/mod.nu *
use ../nulib/components.nu [cluster]
use ../generate/generate.nu

@test
export def test_components_come_after_what_they_depend_on [] {
    assert equal (list-components | get name) [redis docker-registry nginx]
    assert equal (cluster-info | select name version type) {name: $CLUSTER_NAME, version: $CLUSTER_VERSION, type: cluster}
}

@test
export def test_each_component_knows_where_the_others_are [] {
    let components = list-components
    assert equal ($components.1.config.redis) "127.0.0.1:6379"
    assert equal ($components.2.config.proxies) [{path: "/v2/" url: "http://127.0.0.1:5000"}]
}

@test
export def test_a_port_is_given_in_one_place [] {
    let components = cluster {components: {redis: {port: 7001} docker-registry: {host: "127.0.0.2"}}} | get components.config
    assert equal $components.0.port 7001
    assert equal ($components.1 | select port redis) {port: 5000, redis: "127.0.0.1:7001"}
    assert equal $components.2.proxies.0.url "http://127.0.0.2:5000"
    # What is said outright wins.
    assert equal (cluster {components: {docker-registry: {redis: ""}}} | get components.1.config.redis) ""
}

@test
export def test_nothing_is_there_at_first [] {
    in-scratch {
        assert equal (status | select status healthy components) {status: absent, healthy: false, components: []}
        assert equal (delete) null
        assert equal (delete --check) null
    }
}

@test
export def test_what_is_not_known_is_named [] {
    in-scratch {
        assert str contains (error-of { create {components: {mysql: {}} ports: 1} --check } | get msg) "ports, mysql"
        assert str contains (error-of { component-status mysql } | get msg) "cache-stack"
        assert str contains (error-of { restart-component mysql } | get msg) "cache-stack"
        assert str contains (error-of { scale 2 --component redis } | get msg) "Cannot scale redis"
        assert str contains (error-of { upgrade "9.0.0" } | get msg) "9.0.0"
    }
}

@test
export def test_the_generated_file_is_a_configuration [] {
    let config = generate config-file --first-port 20000 | from toml
    assert equal $config (generate cluster-config --first-port 20000)
    assert equal $config.components.nginx.port 20002
}
