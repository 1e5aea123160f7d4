# Building and reading a package of a thousand files, against tar and gzip.

use measure.nu compare

# An extension with that many files of text, in folders of fifty.
def extension-of [root: path, files: int]: nothing -> nothing {
    mkdir $root
    "[extension]\nname = \"thousand\"\ntype = \"template\"\nversion = \"1.0.0\"\n" | save ($root | path join metadata.toml)
    let text = (open --raw examples/extensions/taskservs/containerd/README.md)
    for n in 1..<$files {
        let folder = ($root | path join docs $"part($n // 50)")
        mkdir $folder
        $"# File ($n)\n($text)" | save ($folder | path join $"file($n).md")
    }
}

export def main []: nothing -> list<any> {
    let home = (mktemp --directory)
    let root = ($home | path join thousand)
    extension-of $root 1000
    let out = ($home | path join dist)
    let package = (extension build $root --out $out --no-validate | get path)
    let tar = ($home | path join thousand.tar.gz)
    let rows = [
        (compare "build, 1,000 files" "tar czf" 21 {
            timeit { extension build $root --out $out --no-validate }
        } {
            timeit { ^tar -czf $tar -C $home thousand }
        })
        (compare "verify, 1,000 files" "tar tzf" 21 {
            timeit { extension verify $package }
        } {
            timeit { ^tar -tzf $package | complete }
        })
        (compare "verify --into, 1,000 files" "tar xzf" 21 {|round|
            let into = ($home | path join $"ours($round)")
            mkdir $into
            timeit { extension verify $package --into $into }
        } {|round|
            let into = ($home | path join $"theirs($round)")
            mkdir $into
            timeit { ^tar -xzf $package -C $into }
        })
    ]
    rm --recursive $home
    $rows
}
