# Deployments: the journal and the schedule in the library, and fifty real components through the shell.

use measure.nu [compare row]

const COMPONENTS = 50
const WAVES = 5
const SLEEP = 100ms

export def main []: nothing -> list<any> { in-the-library | append (through-the-shell) }

# Operations that do nothing, or sleep, without a shell.
def in-the-library []: nothing -> list<any> {
    let home = (mktemp --directory)
    let rows = (^$env.BENCH_LIBRARY deploy $home | from json | each {|it|
        row $it.what ($it.ours * 1ns) $it.peer ($it.theirs * 1ns) $it.target --faster=($it.faster? | default false)
    })
    rm --recursive $home
    $rows
}

# Components whose installation sleeps: each operation is a Nushell of its own, on however many processors there are.
def through-the-shell []: nothing -> list<any> {
    let home = (mktemp --directory)
    let names = 0..<$COMPONENTS | each {|n| $"c($n)" }
    for name in $names {
        let directory = $home | path join $name
        mkdir ($directory | path join nulib)
        $"[extension]\nname = \"($name)\"\ntype = \"taskserv\"\nversion = \"1.0.0\"\n" | save ($directory | path join metadata.toml)
        extension contract taskserv --nushell | save ($directory | path join nulib operations.nu)
        [
            "export use operations.nu *"
            "const THERE = path self ../there"
            $"export def install [config: record = {}, --check, --version: string]: nothing -> record { sleep ($SLEEP | format duration ms | str replace ' ' ''); touch $THERE; {} }"
            "export def uninstall [config: record = {}, --force, --keep-data]: nothing -> nothing { rm --force $THERE }"
            "export def status []: nothing -> record { {installed: ($THERE | path exists)} }"
        ] | str join "\n" | save ($directory | path join nulib mod.nu)
    }
    $names | each {|name| $home | path join $name } | extension register | ignore
    let width = $COMPONENTS // $WAVES
    let components = $names | enumerate | each {|it|
        {name: $it.item type: taskserv dependencies: (if $it.index < $width { [] } else { [($names | get ($it.index - $width))] })}
    }
    let run = {|jobs| timeit { $components | cluster create --name bench --jobs $jobs --quiet | ignore } }
    let clear = { cluster delete bench --quiet | ignore }
    do $run 10
    do $clear
    let rows = [
        (compare $"($COMPONENTS) components of ($SLEEP), ($WAVES) waves" "the source's loop: one after the other, not looked at" 3 {||
            let time = do $run 10
            do $clear
            $time
        } {||
            let time = timeit { for name in $names { extension call $name install {} | ignore } }
            for name in $names { rm --force ($home | path join $name there) }
            $time
        } "<= 0.8")
    ]
    rm --recursive $home
    $rows
}
