# Stand-ins for the taskserv extensions: small modules that remember what they were asked to do.

use std/assert

# Whatever a stand-in is asked to do becomes a line of $env.JOURNAL. `fail` in a configuration
# makes its installation fail.
const STAND_IN = r#'
def note [what: string] { $"($what)\n" | save --append $env.JOURNAL }
def file [] { $env.JOURNAL | path dirname | path join "NAME.json" }
def installed [] { file | path exists }

export def install [config: record = {}, --check]: nothing -> record {
    if $check {
        return {would_install: true, errors: [], requirements_met: {met: false, missing: ($config.lacks? | default [])}}
    }
    if $config.fail? == true { error make {msg: "no such luck"} }
    let changed = not (installed)
    $config | to json | save --force (file)
    note $"install NAME"
    {success: true, changed: $changed, version: $config.version}
}
export def uninstall [config: record = {}, --force, --keep-data]: nothing -> nothing {
    if "NAME" == ($env.STUCK? | default "") { error make {msg: "stuck"} }
    rm --force (file)
    note $"uninstall NAME keep=($keep_data)"
}
export def configure [config: record]: nothing -> nothing { note $"configure NAME ($config | to json --raw)" }
export def status []: nothing -> record {
    let version = if (installed) { open (file) | get version }
    {installed: (installed), version: $version, running: ("NAME" in ($env.RUNNING? | default [])), health: {healthy: (installed), error: null}}
}
export def restart []: nothing -> nothing { note "restart NAME" }
export def upgrade [version: string, --archive: string, --sha256: string, --allow-downgrade]: nothing -> record {
    if $archive == "bad" { error make {msg: "bad archive"} }
    open (file) | update version $version | to json | save --force (file)
    note $"upgrade NAME ($version)"
    {success: true}
}
'#

# Runs a closure with stand-ins in a directory of its own. The closure is given the
# configuration that names them.
export def in-scratch [action: closure]: nothing -> any {
    # a name that would break code it was pasted into
    let dir = mktemp --directory --tmpdir --suffix " it's $HOME \"(x)\""
    let extensions = [containerd buildkit registry] | reduce --fold {} {|name, all|
        let nulib = $dir | path join $name nulib
        mkdir $nulib
        $STAND_IN | str replace --all NAME $name | save --raw ($nulib | path join mod.nu)
        $all | insert $name ($dir | path join $name)
    }
    let outcome = with-env {XDG_STATE_HOME: ($dir | path join state) JOURNAL: ($dir | path join journal)} {
        try { {value: (do $action {extensions: $extensions})} } catch {|e| {failure: $e.rendered} }
    }
    rm --recursive --force $dir
    if $outcome.failure? != null { error make {msg: $outcome.failure} }
    $outcome.value
}

# Returns what the stand-ins were asked to do, in order.
export def journal []: nothing -> list<string> {
    if ($env.JOURNAL | path exists) { open --raw $env.JOURNAL | lines } else { [] }
}

# Runs a closure that must fail and returns its error.
export def failure [action: closure]: nothing -> record<msg: string, shown: string> {
    let outcome = try { do $action; null } catch {|e| {msg: $e.msg shown: $e.rendered} }
    assert not equal $outcome null "expected an error"
    $outcome
}
