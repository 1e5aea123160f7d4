# Runs one operation. Its arguments are data on standard input; what it returns, or its error, is data in a file; words that
# say how far it is are printed behind a token.

export def "provisioning run" [
    commands: record # the closure that calls the operation, by its name
    input: string
]: nothing -> nothing {
    let run = $input | from json
    say $run $"hello (version | get version)"
    let arguments = $run.request.arguments | from nuon
    say $run "begin"
    let outcome = try {
        { value: ($arguments | do ($commands | values | first)), error: null }
    } catch {|error|
        { value: null, error: { details: $error.details, exit_code: $error.exit_code? } }
    }
    if $outcome.error != null {
        note $run { error: $outcome.error }
        say $run "end"
        exit 1
    }
    # What it gives may be an error, which is raised when it is used.
    let text = try {
        let text = $outcome.value | to nuon --raw --list-of-records
        $text
    } catch { null }
    if $text == null {
        note $run { unfit: ($outcome.value | describe) }
    } else {
        note $run { value: $text }
    }
    say $run "end"
}

def say [run: record, word: string]: nothing -> nothing {
    print --no-newline $"($run.token)($word)\n"
}

def note [run: record, row: record]: nothing -> nothing {
    $"($row | to json --raw --serialize)\n" | save --append --raw $run.results
}
