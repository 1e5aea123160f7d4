# Nickel in the plugin against the `nickel` program as a process, which $env.NICKEL names.

use measure.nu [compare per-call row]

const FIXTURES = "benches/fixtures"
const SMALL = $"($FIXTURES)/small.ncl"
const SCHEMA = $"($FIXTURES)/schema.ncl"

# One run of the program, whose output is read and forgotten.
def process [...arguments: string]: nothing -> duration {
    timeit { ^$env.NICKEL export ...$arguments | ignore }
}

# A peer has to give the same answer, or a comparison would mean nothing.
def same [what: string, ours: any, theirs: any]: nothing -> nothing {
    if $ours != $theirs {
        error make {msg: $"($what): the plugin and the program differ", help: $"($ours | to nuon)\n($theirs | to nuon)"}
    }
}

# A fresh shell that answers and ends.
def shells []: nothing -> list<any> {
    let plugins = (plugin list | where name == provisioning | get filename | to nuon)
    let ours = $"nickel eval ($SMALL)"
    let theirs = $"^($env.NICKEL | to nuon) export ($SMALL) | from json"
    let in_nuon = {|options: list<string>, code: string| ^$nu.current-exe -n ...$options -c $"($code) | to nuon" | from nuon }
    same "a fresh shell" (do $in_nuon [--plugins $plugins] $ours) (do $in_nuon [] $theirs)
    [
        (compare "first `nickel eval` in a fresh shell" "the program in a fresh shell" 25 {
            timeit { ^$nu.current-exe -n --plugins $plugins -c $ours | ignore }
        } {
            timeit { ^$nu.current-exe -n -c $theirs | ignore }
        })
    ]
}

# A file of ten lines, each time with another override, so that nothing is known before.
def evaluating []: nothing -> list<any> {
    same $SMALL (nickel eval $SMALL) (^$env.NICKEL export $SMALL | from json)
    [[path file from]; [relative $SMALL 0] [absolute ($SMALL | path expand) 1_000_000]] | each {|case|
        compare --faster $"warm `nickel eval`, 10 lines, ($case.path) path" "one process" 75 {|round|
            per-call 20 --from ($case.from + $round * 20) {|n| nickel eval $case.file --override {n: $n} }
        } {
            process $SMALL
        } ">= 50"
    }
}

def validating []: nothing -> list<any> {
    let server = (open $"($FIXTURES)/server.json")
    let servers = (1..1000 | each {|n| $server | update name $"web-($n)" })
    let small = (1..1000 | each {|n| {id: $n, name: $"row ($n)", ok: ($n mod 2 == 0)} })
    let home = (mktemp --directory)
    let array = ($home | path join servers.json)
    let row = ($home | path join row.json)
    $servers | save $array
    $small | first | save $row

    let of_one = [$"($FIXTURES)/server.json" --apply-contract $"($FIXTURES)/server.ncl"]
    let of_array = [$array --apply-contract $"($FIXTURES)/servers.ncl"]
    let of_row = [$row --apply-contract $"($FIXTURES)/small_row.ncl"]
    same "a server" ($server | nickel validate $SCHEMA --contract ServerConfig | get value) (^$env.NICKEL export ...$of_one | from json)
    same "servers" ($servers | nickel validate $SCHEMA --contract ServerConfig | get value) (^$env.NICKEL export ...$of_array | from json)
    same "a row" ($small | nickel validate $SCHEMA --contract Small | first | get value) (^$env.NICKEL export ...$of_row | from json)

    let rows = [
        (compare --faster "warm `nickel validate`, 1 server, 100-line schema" "one process" 75 {
            per-call 10 { $server | nickel validate $SCHEMA --contract ServerConfig }
        } {
            process ...$of_one
        } ">= 20")
        (compare --faster "`nickel validate`, 1,000 small rows in one call" "a process for each row (1,000 x the median)" 40 {
            timeit { $small | nickel validate $SCHEMA --contract Small }
        } {
            (process ...$of_row) * 1000
        } ">= 500")
        (compare --faster "`nickel validate`, 1,000 servers in one call" "one process for all" 15 {
            timeit { $servers | nickel validate $SCHEMA --contract ServerConfig }
        } {
            process ...$of_array
        } ">= 1")
    ]
    rm --recursive $home
    $rows
}

# What has been asked before and has not changed. A relative path makes a question to the shell necessary: where it is.
def repeating []: nothing -> list<any> {
    let file = ($SMALL | path expand)
    let text = (open --raw $SMALL)
    let relative = { nickel eval $SMALL }
    let absolute = { nickel eval $file }
    let piped = { $text | from ncl }
    let no_op = { peer nothing }
    for code in [$relative $absolute $piped $no_op] { do $code | ignore }
    let against = {|what: string, ours: closure, peer: string, theirs: closure, target?: string|
        compare $what $peer 101 { per-call 50 $ours } { per-call 50 $theirs } $target
    }
    [
        (do $against "a call that asks where the shell is, and no more" { peer ask } "no-op call" $no_op)
        (do $against "`nickel eval` again, relative path" $relative "a call that asks where the shell is" { peer ask } "<= 1.5")
        (do $against "`nickel eval` again, relative path" $relative "no-op call" $no_op "<= 1.5")
        (do $against "`nickel eval` again, absolute path" $absolute "no-op call" $no_op "<= 1.5")
        (do $against "`from ncl` of the same text" $piped "no-op call" $no_op "<= 1.5")
        (compare --faster "`nickel eval` again, 10 lines, absolute path" "one process" 75 { per-call 20 $absolute } { process $SMALL } ">= 50")
    ]
}

# Resident memory after all of this. The worker is the plugin's child.
def memory []: nothing -> list<any> {
    # Both are running.
    nickel eval $SMALL --override {n: 0} | ignore
    peer nothing
    let pids = (plugin list | where name in [provisioning peer] | select name pid)
    let ours = ($pids | where name == provisioning | get 0.pid)
    let peer = ($pids | where name == peer | get 0.pid)
    let processes = (ps | where pid in [$ours $peer] or ppid == $ours)
    let of_peer = ($processes | where pid == $peer | get 0.mem)
    [
        (row "memory of the plugin after all of this" ($processes | where pid == $ours | get 0.mem) "empty plugin" $of_peer)
        (row "memory of its workers" ($processes | where ppid == $ours | get mem | math sum) "empty plugin" $of_peer)
    ]
}

# The library in a process of its own, $env.BENCH_LIBRARY, without a shell.
def library []: nothing -> list<any> {
    let plugin = (plugin list | where name == provisioning | get 0.filename)
    ^$env.BENCH_LIBRARY $plugin $env.NICKEL $FIXTURES | from json | each {|it|
        row --faster $it.what ($it.ours * 1ns) $it.peer ($it.theirs * 1ns) $it.target
    }
}

export def main []: nothing -> list<any> {
    [(shells) (evaluating) (validating) (repeating) (memory) (library)] | flatten
}
