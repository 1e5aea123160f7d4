# Carrying out an operation of a component's extension.
#
# Extensions share command names (`install`, `status`, ...), so each one is run in a nu of its
# own. Configuration goes in as JSON on standard input, the outcome comes back as NUON, and
# neither is ever made part of the code.

use std/log
use memory.nu [deployment]

# The code behind each operation; `$input` holds what the operation was given.
const OPERATIONS = {
    plan: "install $input --check"
    install: "install $input"
    uninstall: "uninstall --force=$input.force --keep-data=$input.keep_data"
    configure: "configure $input"
    status: "status"
    restart: "restart"
    upgrade: "upgrade $input.version"
    upgrade-from: "upgrade $input.version --archive $input.archive"
    upgrade-from-verified: "upgrade $input.version --archive $input.archive --sha256 $input.sha256"
    go-back: "upgrade $input.version --allow-downgrade"
}

# Runs one operation and returns its result, or raises its error.
export def call-component [
    name: string # Component
    extension: string # Directory of its extension
    operation: string # One of OPERATIONS
    input: record = {} # What the operation is given
    --span: any # Where the user named the component
]: nothing -> any {
    let code = [
        "let input = $in | from json"
        $"use ($extension | path join nulib mod.nu | to nuon) *"
        $"let outcome = try { {value: \(($OPERATIONS | get $operation))} } catch {|e| {failure: $e.msg help: $e.details.help?} }"
        "$outcome | to nuon"
    ] | str join "\n"
    let run = $input | to json | ^$nu.current-exe -n --stdin -c $code | complete
    for line in ($run.stderr | lines) { log debug $"($name): ($line)" }
    if $run.exit_code != 0 {
        error make {msg: $"($name): its extension cannot be run" help: ($run.stderr | ansi strip | str trim)}
    }
    let outcome = $run.stdout | lines | last | from nuon
    if $outcome.failure? != null {
        error make {
            msg: $"($name): ($outcome.failure)"
            label: {text: "refused by this component" span: ($span | default (metadata $operation).span)}
            help: ($outcome.help? | default $"its extension is ($extension)")
        }
    }
    $outcome.value
}

# Returns the directory of the extension behind a component, or null: where the configuration
# says, else where the cluster was created from, else where it is registered.
export def find-extension [
    name: string # Component
    config: record = {} # Configuration with `extensions.<name>`
]: nothing -> any {
    let given = $config.extensions? | default {} | get --optional $name
    if $given != null { return ($given | path expand) }
    let remembered = deployment | default {components: []} | get components | where name == $name | get --optional 0.extension
    if $remembered != null { $remembered } else { registered-path $name }
}

# Like find-extension, but raises an error that says how to make the extension known.
export def extension-of [
    name: string # Component
    config: record = {} # Configuration with `extensions.<name>`
]: nothing -> string {
    let found = find-extension $name $config
    if $found == null {
        error make {msg: $"Extension not found: taskserv ($name)" help: "register it: `extension register PATH`"}
    }
    $found
}

# Asks the provisioning plugin, where it is loaded.
def registered-path [name: string]: nothing -> any {
    if (scope commands | where name == "extension info" | is-empty) { return null }
    try { extension info $name --type taskserv | get path } catch { null }
}
