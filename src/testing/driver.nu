# Runs the tests of one file. What to run is data on standard input; what came of it is data in a file, one line each; words
# that say how far it is are printed behind a token.

export def "provisioning run" [
    commands: record # closures by the names of the commands that they call
    input: string
]: nothing -> nothing {
    let run = $input | from json
    let plan = $run.request
    say $run $"hello (version | get version)"

    # What goes wrong before all tests goes wrong for each.
    let start = $plan.before_all | reduce --fold {context: null, error: null} {|hook, state|
        if $state.error != null { return $state }
        say $run $"hook ($hook)"
        let done = called ($commands | get $hook) null
        { context: (joined $state.context $done.value), error: (of-hook $hook $done.error) }
    }

    for test in ($plan.tests | enumerate) {
        say $run $"begin ($test.index)"
        let before = date now
        let error = if $start.error != null { $start.error } else { tested $commands $plan $test.item $start.context }
        note $run { test: $test.index, duration: ((date now) - $before | into int), error: $error }
        say $run $"end ($test.index)"
    }

    for hook in $plan.after_all {
        say $run $"hook ($hook)"
        let done = called ($commands | get $hook) $start.context
        if $done.error != null { note $run { hook: $hook, error: (of-hook $hook $done.error) } }
    }
    say $run "done"
}

# Runs a test with what belongs around it, and returns its error.
def tested [commands: record, plan: record, test: string, context: any]: nothing -> any {
    let start = $plan.before_each | reduce --fold {context: $context, error: null} {|hook, state|
        if $state.error != null { return $state }
        let done = called ($commands | get $hook) $context
        { context: (joined $state.context $done.value), error: (of-hook $hook $done.error) }
    }
    let error = if $start.error != null { $start.error } else { (called ($commands | get $test) $start.context).error }
    # They tidy up, so they run whatever the test has done.
    $plan.after_each | reduce --fold $error {|hook, error|
        let done = called ($commands | get $hook) $start.context
        if $error != null { $error } else { of-hook $hook $done.error }
    }
}

# Calls a command with something in the pipeline; returns what it returns, or its error.
def called [command: closure, context: any]: nothing -> record {
    try {
        { value: ($context | do $command), error: null }
    } catch {|error|
        { value: null, error: { details: $error.details, exit_code: $error.exit_code? } }
    }
}

# Puts what two commands have returned together. Only records are handed on.
def joined [one: any, other: any]: nothing -> any {
    if not ($other | describe | str starts-with record) { return $one }
    if $one == null { $other } else { $one | merge $other }
}

def of-hook [hook: string, error: any]: nothing -> any {
    if $error == null { null } else { $error | insert hook $hook }
}

def say [run: record, word: string]: nothing -> nothing {
    print --no-newline $"($run.token)($word)\n"
}

def note [run: record, row: record]: nothing -> nothing {
    $"($row | to json --raw --serialize)\n" | save --append --raw $run.results
}
