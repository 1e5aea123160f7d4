# For tests of extensions.
#
#     use provisioning/testing.nu *

use service.nu ["service list" "service stop"]

# Runs a closure with a directory of its own, which is its argument and where services keep their state. Whatever becomes of it,
# the services that it has started are stopped, and the directory is removed.
@example "a directory that is gone afterwards" { in-scratch {|dir| "x" | save ($dir | path join file); ls $dir | length } } --result 1
export def in-scratch [
    work: closure # what to do there
]: nothing -> any {
    let directory = (mktemp --directory)
    with-env {XDG_STATE_HOME: ($directory | path join state), XDG_DATA_HOME: ($directory | path join data)} {
        try { do $work $directory } finally {
            for one in (service list) { service stop $one.name --timeout 5sec | ignore }
            rm --recursive --force $directory
        }
    }
}

# Returns the error that a closure raises: {msg, code, help, labels, inner}. One that raises none has failed.
@example "what is raised" { error-of { error make {msg: "no"} } | get msg } --result no
export def error-of [
    work: closure # what to do
]: nothing -> record {
    let error = (try { do $work | ignore; null } catch {|error| $error.details })
    if $error == null {
        error make {msg: "an error was expected, and there was none", label: {text: "raises nothing", span: (metadata $work).span}}
    }
    $error
}

# Returns a TCP port of this machine that is free now.
@example "is a port" { (free-port) in 1024..65535 } --result true
export def free-port []: nothing -> int {
    # From a place of its own for each, so that tests that run at the same time ask for others.
    let first = (random int 20000..45000)
    port $first 65000
}
