# Measures the plugin against peers in the same run and prints ratios. Started by `cargo xtask bench`.

use measure.nu [compare per-call row]
use calling.nu
use deploying.nu
use loading.nu
use nickel.nu
use packages.nu
use testing.nu
use validation.nu

# The source's resolver (CTP-43) in Nushell as it is today.
def resolve-in-nushell [components: list<any>]: nothing -> list<any> {
    mut sorted = []
    mut remaining = $components
    while ($remaining | is-not-empty) {
        let done = ($sorted | get name)
        let ready = ($remaining | where {|it| $it.dependencies | all {|name| $name in $done } })
        if ($ready | is-empty) {
            error make {msg: "Circular dependency detected in cluster components"}
        }
        $sorted = ($sorted | append $ready)
        let names = ($ready | get name)
        $remaining = ($remaining | where name not-in $names)
    }
    $sorted
}

# Each component needs the one before it, declared in the worst order.
def chain [count: int]: nothing -> list<any> {
    0..<$count | each {|n| {name: $"c($n)", type: taskserv, version: "1.0.0", dependencies: (if $n == 0 { [] } else { [$"c($n - 1)"] })} } | reverse
}

# Each component needs up to three before it, always the same ones.
def random [count: int]: nothing -> list<any> {
    0..<$count | each {|n|
        let needs = (if $n == 0 { [] } else { [7919 104729 1299709] | each {|prime| $"c(($n * $prime + $prime) mod $n)" } | uniq })
        {name: $"c($n)", type: taskserv, version: "1.0.0", dependencies: $needs}
    }
}

def starting []: nothing -> list<any> {
    [
        (compare "start and first answer" "empty plugin" 31 {
            plugin stop provisioning
            timeit { provisioning version }
        } {
            plugin stop peer
            timeit { peer nothing }
        } "<= 1.3")
    ]
}

def warm []: nothing -> list<any> {
    for path in (glob examples/extensions/taskservs/*) { extension register $path | ignore }
    provisioning version | ignore
    peer nothing
    [
        (compare "warm `extension list`, 4 rows" "no-op call" 21 {
            per-call 200 { extension list }
        } {
            per-call 200 { peer nothing }
        } "<= 1.3")
        (compare "warm `provisioning version`" "no-op call" 21 {
            per-call 200 { provisioning version }
        } {
            per-call 200 { peer nothing }
        } "<= 1.3")
    ]
}

def resolving []: nothing -> list<any> {
    let shapes = [[name make]; [chain {|n| chain $n }] ["random graph" {|n| random $n }]]
    let against_nushell = (
        $shapes | each {|shape|
            # A chain of a thousand takes the loop about a minute, ten thousand would take days.
            [[size rounds]; [10 15] [100 5] [1000 1]] | each {|at|
                let components = (do $shape.make $at.size)
                compare --faster $"resolve-deps, ($shape.name) of ($at.size)" "the source's loop in Nushell" $at.rounds {
                    # The peer may take a minute: once is enough for it, not for us.
                    1..9 | each { timeit { $components | cluster resolve-deps } } | math median
                } {
                    timeit { resolve-in-nushell $components }
                } (if $at.size == 1000 { if $shape.name == chain { ">= 5000" } else { ">= 150" } })
            }
        } | flatten
    )
    let against_passing = (
        $shapes | each {|shape|
            [[size rounds]; [10 31] [100 31] [1000 15] [10000 7] [100000 3]] | each {|at|
                let components = (do $shape.make $at.size)
                compare $"resolve-deps, ($shape.name) of ($at.size)" "passing the table through a no-op" $at.rounds {
                    timeit { $components | cluster resolve-deps }
                } {
                    timeit { $components | peer pass }
                } (if $at.size == 100000 { "<= 1.5" })
            }
        } | flatten
    )
    $against_nushell | append $against_passing
}

# Versions, orders and pictures in the library, without a shell.
def choosing []: nothing -> list<any> {
    ^$env.BENCH_LIBRARY choose benches | from json | each {|it|
        row --faster $it.what ($it.ours * 1ns) $it.peer ($it.theirs * 1ns) $it.target
    }
}

def discovering []: nothing -> list<any> {
    let root = (mktemp --directory)
    for n in 0..<1000 {
        let directory = ($root | path join $"group($n mod 20)" $"e($n)")
        mkdir $directory ($directory | path join nulib) ($directory | path join schemas)
        $"[extension]\nname = \"e($n)\"\ntype = \"taskserv\"\nversion = \"1.0.($n)\"\ndescription = \"An extension\"\n\n[compatibility]\nnushell_version = \">=0.107.0\"\n\n[dependencies]\nextensions = [\"containerd >=1.6.0\"]\n"
        | save ($directory | path join metadata.toml)
        "" | save ($directory | path join nulib mod.nu)
        "{}" | save ($directory | path join schemas version.ncl)
    }
    let rows = [
        (compare "discover 1,000 extensions" "reading the same files" 11 {
            timeit { extension discover --root $root | length }
        } {
            timeit { peer read $root }
        } "<= 3")
        (compare "discover 1,000, first row" "all rows" 11 {
            timeit { extension discover --root $root | first }
        } {
            timeit { extension discover --root $root | length }
        })
    ]
    rm --recursive $root
    $rows
}

def main []: nothing -> nothing {
    let rows = [(starting) (warm) (nickel) (validation) (testing) (calling) (loading) (resolving) (choosing) (deploying) (discovering) (packages)] | flatten
    print ($rows | table --expand --width 180)
}
