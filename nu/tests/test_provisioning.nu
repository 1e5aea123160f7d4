use std/assert
use std/testing *
use provisioning *

const EXTENSIONS = path self ../../examples/extensions

@test
def registers-lists-and-unregisters [] {
    let row = (register-extension ($EXTENSIONS | path join taskservs/containerd) taskserv)
    assert equal $row.name containerd
    assert equal $row.replaced false
    assert equal (list-registered-extensions | get name) [containerd]
    assert equal (list-registered-extensions provider) []
    assert equal (unregister-extension containerd taskserv) null
    assert equal (list-registered-extensions) []
}

@test
def the-type-may-be-left-away [] {
    assert equal (register-extension ($EXTENSIONS | path join providers/local) | get type) provider
}

@test
def a-wrong-type-is-refused [] {
    let error = (
        try {
            register-extension ($EXTENSIONS | path join providers/local) taskserv
            null
        } catch {|error| $error.details }
    )
    assert equal $error.code "registry::invalid"
    assert equal (list-registered-extensions) []
}

@test
def validates [] {
    let cluster = ($EXTENSIONS | path join clusters/buildkit)
    let report = (validate-extension $cluster cluster)
    assert equal ($report.errors | get code | uniq) ["dependency::missing"]

    for name in [buildkit containerd registry] {
        register-extension ($EXTENSIONS | path join taskservs $name)
    }
    let report = (validate-extension $cluster cluster)
    assert equal $report.errors []
    assert $report.valid
    assert equal ($report.checks | get rule) [structure schema interface dependency version security template]
}

@test
def orders-components [] {
    # The source's own vector.
    let components = [
        {name: containerd, type: taskserv, version: "1.7.0", dependencies: []}
        {name: my-service, type: taskserv, version: "1.0.0", dependencies: [containerd]}
        {name: registry, type: application, version: "2.8.0", dependencies: []}
    ]
    let ordered = (resolve-component-dependencies $components)
    assert equal ($ordered | get name) [containerd registry my-service]
    # Rows come back as they were given.
    assert equal ($ordered | first) ($components | first)
    assert equal (resolve-component-dependencies []) []
}

@test
def tells-a-circle-from-an-unknown-name [] {
    let code = {|components|
        try { resolve-component-dependencies $components; null } catch {|error| $error.details.code }
    }
    assert equal (do $code [{name: a, dependencies: [b]}, {name: b, dependencies: [a]}]) "cluster::cycle"
    assert equal (do $code [{name: a, dependencies: [missing]}]) "cluster::unknown-dependency"
}

@test
def every-function-has-help-and-an-example [] {
    let functions = (scope modules | where name == provisioning | get 0.commands.name)
    for function in $functions {
        let command = (scope commands | where name == $function | first)
        assert ($command.description | is-not-empty) $function
        assert ($command.examples | is-not-empty) $function
    }
}
