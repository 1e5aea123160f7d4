# Calling an operation that does nothing, against the same with Nushell alone, which checks nothing, keeps no types and leaves
# whatever the operation has started.

use measure.nu compare

export def main []: nothing -> list<any> {
    let home = (mktemp --directory)
    mkdir ($home | path join nulib)
    "[extension]\nname = \"app\"\ntype = \"taskserv\"\nversion = \"1.0.0\"\n" | save ($home | path join metadata.toml)
    extension contract taskserv --nushell | save ($home | path join nulib operations.nu)
    "export use operations.nu *\nexport def noop []: nothing -> nothing { }\n" | save ($home | path join nulib mod.nu)
    let module = $home | path join nulib mod.nu
    extension call $home noop
    let row = (compare "extension call of an operation that does nothing" "`nu -n -c 'use mod.nu *; noop'`" 21 {||
        timeit { extension call $home noop }
    } {||
        timeit { ^$nu.current-exe -n -c $"use '($module)' *; noop" }
    })
    rm --recursive $home
    [$row]
}
