# Running operations of the components' extensions, each in a Nushell of its own: their commands have the same names.
#
# What an operation is given goes in as JSON on standard input, the outcome comes back as NUON, and neither is ever made part of
# the code.

use provisioning/log.nu

# The code behind each operation; `$input` holds what the operation was given.
const OPERATIONS = {
    plan: "install $input --check"
    install: "install $input"
    uninstall: "uninstall --force=$input.force --keep-data=$input.keep_data"
    configure: "configure $input"
    status: "status"
    restart: "restart"
    upgrade: "upgrade (get-current-version)"
}

# Runs one operation and returns its result, or raises its error.
export def call-component [
    name: string # Component
    extension: string # Directory of its extension
    operation: string # One of OPERATIONS
    input: record = {} # What the operation is given
]: nothing -> any {
    let code = [
        "let input = $in | from json"
        $"use ($extension | path join nulib mod.nu | to nuon) *"
        $"let outcome = try { {value: \(($OPERATIONS | get $operation))} } catch {|e| {failure: $e.msg help: $e.details.help?} }"
        "$outcome | to nuon"
    ] | str join "\n"
    let plugins = plugin list | where name == provisioning | get filename | to nuon
    let libraries = $env.NU_LIB_DIRS? | default [] | each {|directory| [--include-path $directory] } | first 1 | flatten
    let run = $input | to json | ^$nu.current-exe -n --plugins $plugins ...$libraries --stdin -c $code | complete
    for line in ($run.stderr | lines) { log debug $"($name): ($line)" }
    if $run.exit_code != 0 {
        error make {msg: $"($name): its extension cannot be run" help: ($run.stderr | ansi strip | str trim)}
    }
    let outcome = $run.stdout | lines | last | from nuon
    if $outcome.failure? != null {
        error make {msg: $"($name): ($outcome.failure)" help: ($outcome.help? | default $"its extension is ($extension)")}
    }
    $outcome.value
}

# Returns the directory of the extension behind a component: where the configuration says, else where the cluster was created from,
# else where it is registered.
export def extension-of [
    name: string # Component
    config: record = {} # Configuration with `extensions.<name>`
]: nothing -> string {
    let given = $config.extensions? | default {} | get --optional $name
    let remembered = deployment | default {extensions: {}} | get extensions | get --optional $name
    let found = $given | default $remembered | default (try { extension info $name --type taskserv | get path } catch { null })
    if $found == null {
        error make {msg: $"Extension not found: taskserv ($name)" help: "register it: `extension register PATH`"}
    }
    $found | path expand
}

# Returns what was created: {cluster, version, created_at, extensions}, or null.
export def deployment []: nothing -> any {
    let file = state-file
    if ($file | path exists) { open --raw $file | from nuon }
}

# Writes what is being created, or forgets it.
export def remember-deployment [created: any]: nothing -> nothing {
    let file = state-file
    if $created == null {
        rm --force $file
    } else {
        mkdir ($file | path dirname)
        let part = $"($file).(random chars --length 8)"
        $created | to nuon --indent 2 | save --raw $part
        mv --force $part $file
    }
}

def state-file []: nothing -> string {
    let home = [$env.XDG_STATE_HOME? "~/.local/state"] | compact --empty | first
    $home | path join provisioning clusters cache-stack.nuon | path expand
}
