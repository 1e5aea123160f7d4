# What only this service does.

use std/assert
use std/testing *
use provisioning *
use provisioning/testing.nu *
use ../nulib/mod.nu *

# Uploads a blob in one request, as clients do, and returns its digest.
def push [base: string, contents: string]: nothing -> string {
    let digest = $"sha256:($contents | hash sha256)"
    let begun = http post --full --allow-errors --content-type application/octet-stream $"($base)/v2/app/blobs/uploads/" ""
    let place = $begun.headers.response | where name == location | get --optional 0.value
    if $place == null { error make {msg: $"the registry answers ($begun.status)"} }
    let address = if $place starts-with http { $place } else { $"($base)($place)" }
    let done = http put --full --allow-errors --content-type application/octet-stream $"($address)&digest=($digest)" $contents
    if $done.status != 201 { error make {msg: $"the registry answers ($done.status)"} }
    $digest
}

@test
export def test_it_keeps_images_over_a_restart [] {
    in-scratch {
        let port = free-port
        let base = $"http://127.0.0.1:($port)"
        install {port: $port, manager: process}
        let digest = push $base "a layer"
        restart
        assert equal (http-health $"($base)/v2/app/blobs/($digest)" --contains "a layer" | get healthy) true
        configure {read_only: true}
        assert str contains (error-of { push $base "another" } | get msg) "405"
        assert equal (http-health $"($base)/v2/app/blobs/($digest)" | get healthy) true
    }
}
