# Runs the @test commands of the sibling *_tests.nu files, each file in a nu of its own.
#
#     nu tests/run_all_tests.nu                  # every file
#     nu tests/run_all_tests.nu unit_tests.nu    # one of them

# Prints one line per test and the totals; exits with 1 when a test fails or none was found.
def main [
    ...files: string # File names; every *_tests.nu file unless given
]: nothing -> nothing {
    let here = $env.FILE_PWD
    let chosen = if ($files | is-empty) {
        ls $here | get name | path basename | where $it =~ '_tests\.nu$' and $it != run_all_tests.nu | sort
    } else { $files }
    let results = $chosen | par-each --keep-order {|file| run-file $here $file } | flatten

    for result in $results {
        if $result.error == null { print $"ok    ($result.name)" } else { print $"FAIL  ($result.name)\n($result.error)" }
    }
    let failed = $results | where error != null | length
    print $"(($results | length) - $failed) passed, ($failed) failed"
    if ($results | is-empty) or $failed > 0 { exit 1 }
}

# Returns one row per test of a file: its name, and its error unless it passed.
def run-file [here: string, file: string]: nothing -> table<name: string, error: any> {
    let source = $here | path join $file | to nuon
    let stem = $file | str replace '.nu' ''
    let listing = nu-eval $"use ($source) *
        scope commands | where {|c| $c.attributes | any {|a| $a.name == test } } | get name | sort | to json --raw"
    if $listing.exit_code != 0 {
        return [{name: $stem error: $listing.stderr}]
    }
    let names = $listing.stdout | from json
    if ($names | is-empty) { return [] }

    # a command cannot be called by a name held in a variable, hence the generated list
    let rows = $names | each {|name| $"{name: '($stem): ($name)' error: \(try { ($name); null } catch {|e| $e.rendered })}" }
    let run = nu-eval $"use ($source) *; [($rows | str join ' ')] | to json --raw"
    if $run.exit_code != 0 { [{name: $stem error: $run.stderr}] } else { $run.stdout | lines | last | from json }
}

def nu-eval [code: string]: nothing -> record { ^$nu.current-exe -n -c $code | complete }
