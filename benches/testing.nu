# Running tests against running the same files with Nushell alone, which finds no tests, measures nothing, and leaves whatever a
# file has started.

use measure.nu compare

const COUNT = 20

export def main []: nothing -> list<any> {
    let home = (mktemp --directory)
    "[extension]\nname = \"app\"\ntype = \"taskserv\"\nversion = \"1.0.0\"\n" | save ($home | path join metadata.toml)
    mkdir ($home | path join tests)
    let files = (1..$COUNT | each {|n| $home | path join tests $"t($n)_test.nu" })
    for file in $files {
        "use std/assert\nexport def test_sum [] { assert equal (1 + 1) 2 }\ndef main [] { test_sum }\n" | save $file
    }
    let tested = {|| (timeit { extension test $home --jobs 1 | ignore }) / $COUNT }
    do $tested | ignore
    let row = (compare $"test a file, of ($COUNT) one after the other" "`nu -n FILE` for each" 9 $tested {||
        (timeit { for file in $files { ^$nu.current-exe -n $file } }) / $COUNT
    })
    let all = (compare --faster $"test ($COUNT) files at once" "`nu -n FILE` for each" 9 {||
        timeit { extension test $home | ignore }
    } {||
        timeit { for file in $files { ^$nu.current-exe -n $file } }
    })
    rm --recursive $home
    [$row $all]
}
