# What the test files share.

use std/assert

# An address of this machine where nothing listens, and a key that must never be seen.
export const NOWHERE = {CUSTOM_CLOUD_API_URL: "http://127.0.0.1:9/v1" CUSTOM_CLOUD_API_KEY: "key-that-must-not-be-seen"}

# Runs a closure that must fail and returns its error.
export def failure [action: closure]: nothing -> record<msg: string, shown: string> {
    let outcome = try { do $action; null } catch {|e| {msg: $e.msg shown: ($e.rendered | str replace --all --regex '\s+' ' ')} }
    assert not equal $outcome null "expected an error"
    $outcome
}

# Runs a closure without the environment that Custom Cloud is configured by.
export def unconfigured [action: closure]: nothing -> any {
    hide-env --ignore-errors CUSTOM_CLOUD_API_URL CUSTOM_CLOUD_API_KEY CUSTOM_CLOUD_TIMEOUT
    do $action
}

# Runs a closure in a directory of its own, with stand-ins for the database's programs.
export def in-scratch [action: closure]: nothing -> any {
    let dir = mktemp --directory --tmpdir
    mkdir ($dir | path join bin)
    let outcome = with-env {
        XDG_CONFIG_HOME: ($dir | path join config)
        XDG_DATA_HOME: ($dir | path join share)
        XDG_STATE_HOME: ($dir | path join state)
        PATH: ($env.PATH | prepend ($dir | path join bin))
    } {
        try { {value: (do $action $dir)} } catch {|e| {failure: $e.rendered} }
    }
    rm --recursive --force $dir
    if $outcome.failure? != null { error make {msg: $outcome.failure} }
    $outcome.value
}

# Puts a stand-in for the database server on the scratch directory's PATH.
export def put-server [dir: string, version: string]: nothing -> nothing {
    let program = $dir | path join bin customdb-server
    $"#!/bin/sh\necho 'customdb-server ($version)'\n" | save --force --raw $program
    ^chmod +x $program
}
