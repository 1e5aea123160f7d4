# Validation against what Nushell itself offers, and against parsing the same files at all.

use measure.nu [compare row]

const EXTENSION = "examples/extensions/taskservs/containerd"
const COUNT = 1000

# Every Nushell file of a directory checked by a Nushell of its own: the nearest there is. It checks one file, and neither
# schemas nor metadata.
def ide-check [directory: path]: nothing -> duration {
    let files = (glob $"($directory)/**/*.nu")
    timeit { for file in $files { ^$nu.current-exe -n --ide-check 50 $file | ignore } }
}

def one []: nothing -> list<any> {
    let home = (mktemp --directory)
    let copy = ($home | path join containerd)
    cp --recursive $EXTENSION $copy
    let module = ($copy | path join nulib mod.nu)
    # Each time another text, so that nothing is known before.
    let edit = {|round| $"\n# ($round)" | save --append $module }
    let schema = ($copy | path join schemas version.ncl)
    let edit_schema = {|round| $"\n# ($round)" | save --append $schema }
    extension validate $copy | ignore
    let files = (glob $"($copy)/**/*.nu" | length)
    let peer = $"`nu --ide-check` for each of its ($files) files"
    let rows = [
        (compare --faster "validate one extension, its code changed" $peer 15 {|round|
            do $edit $round
            timeit { extension validate $copy }
        } { ide-check $copy })
        (compare --faster "validate one extension, a schema changed" $peer 15 {|round|
            do $edit_schema $round
            timeit { extension validate $copy }
        } { ide-check $copy })
        (compare --faster "validate one extension again" $peer 15 { timeit { extension validate $copy } } { ide-check $copy })
        (compare --faster "validate one extension, the plugin just started" $peer 9 {
            plugin stop provisioning
            timeit { extension validate $copy }
        } { ide-check $copy })
    ]
    rm --recursive $home
    $rows
}

def many []: nothing -> list<any> {
    let root = (mktemp --directory)
    let module = (extension contract taskserv --nushell)
    for n in 0..<$COUNT {
        let directory = ($root | path join $"e($n)")
        mkdir ($directory | path join nulib) ($directory | path join schemas)
        $"[extension]\nname = \"e($n)\"\ntype = \"taskserv\"\nversion = \"1.0.0\"\n" | save ($directory | path join metadata.toml)
        $"# Extension ($n)\n($module)" | save ($directory | path join nulib mod.nu)
        $"{ taskserv_version = { name = \"e($n)\", version = \"1.0.0\" } }" | save ($directory | path join schemas version.ncl)
    }
    let paths = (glob $"($root)/*")
    let validate = {
        plugin stop provisioning
        timeit { $paths | extension validate | length }
    }
    let one = $"($root)/e0/nulib/mod.nu"
    let rows = [
        (compare "validate 1,000 extensions" "reading and parsing the same files" 5 $validate { ^$env.BENCH_LIBRARY parse $root | into int | $in * 1ns } "<= 3")
        (compare --faster "validate 1,000 extensions" "a Nushell for each module (1,000 x the median)" 5 $validate {
            (timeit { ^$nu.current-exe -n --ide-check 50 $one | ignore }) * $COUNT
        })
        (compare "validate 1,000 extensions again" "reading and parsing the same files" 5 {
            timeit { $paths | extension validate | length }
        } { ^$env.BENCH_LIBRARY parse $root | into int | $in * 1ns })
    ]
    rm --recursive $root
    $rows
}

export def main []: nothing -> list<any> { [(one) (many)] | flatten }
