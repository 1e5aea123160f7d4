use std/assert
use std/testing *
use provisioning *

const EXTENSIONS = path self ../../examples/extensions

def register [...names: string] {
    for name in $names { register-extension ($EXTENSIONS | path join taskservs $name) }
}

# Returns the error of a closure.
def error-of [work: closure] {
    try { do $work; null } catch {|error| $error.details }
}

@test
def loads-lists-and-forgets [] {
    register containerd
    assert equal (is-extension-loaded taskserv containerd) false
    assert equal (load-extension taskserv containerd 1.7.0 | get metadata.name) containerd
    assert (is-extension-loaded taskserv containerd)
    assert equal (is-extension-loaded provider containerd) false
    let all = (list-loaded-extensions)
    assert equal $all.metadata.version ["1.7.0"]
    assert (($all.0.operations | columns | is-not-empty))
    assert equal (clear-cache) null
    assert equal (list-loaded-extensions) []
}

@test
def a-version-that-is-not-there-is-told-with-those-that-are [] {
    register containerd
    let error = (error-of { load-extension taskserv containerd ">=99" })
    assert equal $error.code "load::version-mismatch"
    assert str contains $error.help "1.7.0"
}

@test
def reloads-what-is-loaded-and-loads-what-is-not [] {
    register containerd registry
    assert equal (reload-extension taskserv containerd | get metadata.name) containerd
    let before = (list-loaded-extensions | get 0.loaded_at)
    let after = (reload-extension taskserv containerd | get loaded_at)
    assert ($after > $before)
    assert equal (list-loaded-extensions | length) 1
    assert equal (error-of { reload-extension taskserv nothing } | get code) "load::not-found"
}

@test
def loading-a-taskserv-twice-is-loading-it-once [] {
    register containerd
    let first = (load-taskserv containerd)
    assert equal (load-taskserv containerd --version ">=1.6" | get loaded_at) $first.loaded_at
    assert equal (extension cache | select entries hits) {entries: 1, hits: 1}
}

@test
def dependencies-are-loaded-and-listed [] {
    register containerd buildkit
    let rows = (ensure-dependencies buildkit)
    assert equal ($rows | columns) [type name version path registered loaded]
    assert equal ($rows | reject path) [
        {type: taskserv, name: containerd, version: "1.7.0", registered: true, loaded: true}
    ]
    assert equal (ensure-dependencies containerd) []
    # Of another type with the name of a taskserv.
    register registry
    let cluster = ($EXTENSIONS | path join clusters/buildkit)
    let rows = (ensure-dependencies $cluster --type cluster)
    assert equal ($rows.name | sort) [buildkit containerd registry]
    assert ($rows.loaded | all { $in })
}

@test
def everything-that-is-missing-is-named-in-one-error [] {
    let home = (mktemp --directory)
    mkdir ($home | path join web)
    $"[extension]
name = \"web\"
type = \"template\"
version = \"1.0.0\"

[dependencies]
extensions = [\"database\", \"queue >=2\"]
" | save ($home | path join web/metadata.toml)
    let error = (error-of { ensure-dependencies ($home | path join web) --type template })
    rm --recursive $home
    assert equal $error.code "load::missing-dependencies"
    let told = ($error.inner | get msg | str join " ")
    assert str contains $told database
    assert str contains $told queue
}

@test
def a-taskserv-is-prepared-in-one-call [] {
    register containerd buildkit
    let prepared = (prepare-taskserv buildkit --version 0.12.0)
    assert equal ($prepared | columns) [extension dependencies]
    assert equal $prepared.extension.metadata.name buildkit
    assert equal $prepared.dependencies.name [containerd]
    assert equal (error-of { prepare-taskserv nothing } | get code) "load::not-found"
}

@test
def clients-get-what-the-documents-show [] {
    assert equal (rest loaded) {success: true, data: []}
    register containerd
    load-taskserv containerd
    let answer = (rest loaded)
    assert equal $answer.success true
    let item = ($answer.data | first)
    assert equal ($item | columns) [metadata path loaded_at]
    assert equal ($item.metadata | columns) [
        name version description extension_type dependencies author repository
    ]
    assert equal $item.metadata.extension_type Taskserv
    assert ($item.loaded_at =~ '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$')
    let loaded = (list-loaded-extensions | get 0.loaded_at)
    assert equal ($item.loaded_at | into datetime) $loaded
    # As JSON and back it is the same.
    assert equal ($answer | to json | from json) $answer
}

@test
def clients-reload-with-the-type-in-any-letters [] {
    register containerd
    let expected = {success: true, data: "Extension containerd reloaded"}
    for type in [taskserv Taskserv TASKSERV] {
        assert equal (rest reload {extension_type: $type, name: containerd}) $expected
    }
}

@test
def clients-get-errors-as-answers [] {
    let missing = (rest reload {extension_type: taskserv, name: nothing})
    assert equal $missing.success false
    assert equal $missing.error.code "load::not-found"
    assert equal ($missing.error | columns) [code message help]
    for request in [{} {name: a} {extension_type: taskserv} {extension_type: service, name: a} {extension_type: 3, name: a}] {
        assert equal (rest reload $request | get error.code) "input::invalid"
    }
}
