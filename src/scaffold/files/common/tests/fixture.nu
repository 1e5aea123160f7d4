# What the test files share.

use std/assert

# Runs a closure that must fail and returns its error.
export def failure [action: closure]: nothing -> record<msg: string, shown: string> {
    let outcome = try { do $action; null } catch {|e|
        {msg: $e.msg shown: ($e.rendered | str replace --all --regex '[\s│]+' ' ')}
    }
    assert not equal $outcome null "expected an error"
    $outcome
}

# Runs a closure with a directory of its own, which is removed afterwards.
export def in-scratch [action: closure]: nothing -> any {
    let directory = mktemp --directory --tmpdir
    let outcome = try { {value: (do $action $directory)} } catch {|e| {failure: $e.rendered} }
    rm --recursive --force $directory
    if $outcome.failure? != null { error make --unspanned {msg: $outcome.failure} }
    $outcome.value
}
