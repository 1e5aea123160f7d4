# A stand-in for the real release: an archive whose only program answers `--version`.

use std/assert

# Where the program lies in the archive, and what it says.
const PROGRAM = "etcd"
const BANNER = "etcd Version: {version}"

# Programs the service needs on PATH.
const ON_PATH = []

# Variables that would get in the way of a test.
const VARIABLES = [LEGACY_ETCD_ARCHIVE LEGACY_ETCD_SHA256]

# A setting to change, and the line it has to put into the configuration file.
export const CHANGE = {setting: {snapshot_count: 5000} line: "snapshot-count: 5000"}

# Settings that must be refused, and what has to be said about them.
export const BAD_SETTINGS = [
    {config: {client_url: "ftp://x"} says: "client_url must be an http or https URL"}
    {config: {snapshot_count: 0} says: "snapshot_count must be at least 1"}
    {config: {member_name: "a b"} says: "member_name must consist of"}
]

# Runs a closure in a directory of its own, which is also where everything is installed.
export def in-scratch [action: closure]: nothing -> any {
    hide-env --ignore-errors ...$VARIABLES
    let dir = mktemp --directory --tmpdir
    let bin = $dir | path join bin
    for program in $ON_PATH { write-program ($bin | path join $program.name) $program.says }
    let outcome = with-env {
        XDG_STATE_HOME: ($dir | path join state)
        XDG_DATA_HOME: ($dir | path join share)
        PATH: ($env.PATH | prepend $bin)
    } {
        try { {value: (do $action $dir)} } catch {|e| {failure: $e.rendered} }
    }
    rm --recursive --force $dir
    if $outcome.failure? != null { error make {msg: $outcome.failure} }
    $outcome.value
}

# Builds the archive of a version and returns its path. Many projects put everything into
# one directory of their archives: `--nested`.
export def build-archive [
    dir: string # Where to build it
    version: string # The version its program reports
    --nested # Put everything into one directory
]: nothing -> string {
    let root = $dir | path join $"release-($version)"
    let top = if $nested { $root | path join $"service-v($version)" } else { $root }
    write-program ($top | path join $PROGRAM) ($BANNER | str replace '{version}' $version)
    let archive = $dir | path join $"release-($version).tar.gz"
    ^tar --create --gzip --file $archive --directory $root .
    rm --recursive $root
    $archive
}

def write-program [file: string, says: string]: nothing -> nothing {
    mkdir ($file | path dirname)
    $"#!/bin/sh\necho '($says)'\n" | save --raw $file
    ^chmod +x $file
}

# Runs a closure that must fail and returns its message.
export def failure [action: closure]: nothing -> string {
    let outcome = try { do $action; null } catch {|e| $e.msg }
    assert not equal $outcome null "expected an error"
    $outcome
}
