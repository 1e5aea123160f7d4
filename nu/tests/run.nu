# Runs the tests of the Nushell library: every command of the files `test_*.nu` beside this one that has the attribute
# @test, each in a shell and a registry of its own.

const HERE = path self .

def main []: nothing -> nothing {
    let results = (
        glob ($HERE | path join "test_*.nu")
        | sort
        | each {|file| tests-of $file | each {|test| run-test $file $test } }
        | flatten
    )
    for result in $results {
        print $"($result.status | fill --width 4) ($result.test)"
        if $result.status == "FAIL" { print $result.output }
    }
    let failed = ($results | where status == "FAIL" | length)
    let passed = (($results | length) - $failed)
    print $"($passed) passed, ($failed) failed"
    if $failed > 0 or $passed == 0 { exit 1 }
}

def tests-of [file: path]: nothing -> list<string> {
    nu-run $file "scope commands | where type == custom | where ($it.attributes | any {|it| $it.name == test }) | get name | to json"
    | get stdout
    | from json
}

def run-test [file: path, test: string]: nothing -> record<test: string, status: string, output: string> {
    let data = (mktemp --directory)
    let result = (with-env {PROVISIONING_DATA_DIR: $data} { nu-run $file $test })
    rm --recursive $data
    {
        test: $test
        status: (if $result.exit_code == 0 { "ok" } else { "FAIL" })
        output: $"($result.stdout)\n($result.stderr)"
    }
}

# Runs code after a test file in a new shell with the plugin under test.
def nu-run [file: path, code: string]: nothing -> record {
    let plugin = (
        $env.PROVISIONING_TEST_PLUGIN?
        | default { plugin list | where name == provisioning | get 0.filename }
    )
    let library = ($HERE | path join ..)
    (
        ^$nu.current-exe -n --plugins $"[($plugin)]" -I $library
        -c $"source ($file | to nuon)\n($code)"
        | complete
    )
}
