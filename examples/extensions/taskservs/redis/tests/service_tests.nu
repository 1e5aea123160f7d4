# What only this service does.

use std/assert
use std/testing *
use provisioning *
use provisioning/testing.nu *
use ../nulib/mod.nu *

def ask [port: int, ...words: string]: nothing -> string { ^redis-cli -h 127.0.0.1 -p $port ...$words | complete | get stdout | str trim }

@test
export def test_it_keeps_what_it_is_given_over_a_restart [] {
    in-scratch {
        let port = free-port
        install {port: $port, manager: process, append_only: true}
        assert equal (ask $port SET greeting hello) OK
        restart
        assert equal (ask $port GET greeting) hello
        configure {max_memory: "32mb", max_memory_policy: "allkeys-lru"}
        assert equal (ask $port CONFIG GET maxmemory | lines) [maxmemory "33554432"]
        assert equal (ask $port GET greeting) hello
        assert (error-of { configure {max_memory: "1gb\nport 1"} } | get msg | is-not-empty)
    }
}

@test
export def test_the_password_is_asked_for_and_shown_nowhere [] {
    in-scratch {|dir|
        let port = free-port
        let password = 'canary "quoted" \ 7f3a'
        let shown = with-env {REDIS_PASSWORD: $password} { install {port: $port, manager: process} | to nuon }
        assert str contains (ask $port PING) NOAUTH
        # Whoever restarts it need not know it.
        restart
        assert (check-health).healthy
        assert equal (with-env {REDISCLI_AUTH: $password} { ask $port PING }) PONG
        let file = status | get prefix | path join etc redis.conf
        assert equal (ls --long $file | get 0.mode) "rw-------"
        assert not ($shown ++ (status | to nuon) ++ (open --raw (service status redis).log) | str contains canary)
        assert not (open --raw ($env.XDG_STATE_HOME | path join provisioning services redis.nuon) | str contains canary)
    }
}
