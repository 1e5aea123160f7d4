# Runs every test of the extension, the same as `extension test` in its directory.
#
#     nu tests/run_all_tests.nu

const ROOT = path self ..

def main []: nothing -> nothing {
    if (scope commands | where name == "extension test" | is-empty) {
        error make --unspanned {
            msg: "The tests need the plugin `provisioning`"
            help: "plugin add PATH/nu_plugin_provisioning, once"
        }
    }
    let rows = extension test $ROOT
    for row in $rows { print $"($row.status | fill --width 8)($row.file): ($row.test)" }
    if ($rows | where status == failed | is-not-empty) { exit 1 }
}
