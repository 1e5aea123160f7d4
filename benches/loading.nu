# Loading through the shell, against calls that do nothing, and in the library, against the files themselves.

use measure.nu [compare per-call row]

const EXTENSION = "examples/extensions/taskservs/containerd"

# What is in memory.
def again []: nothing -> list<any> {
    let path = ($EXTENSION | path expand)
    extension register $path | ignore
    # The peer gives the same record, so that what sending it costs is known.
    extension load $path | peer give | ignore
    let against = {|what: string, ours: closure, peer: string, theirs: closure, target?: string|
        compare $what $peer 101 { per-call 50 $ours } { per-call 50 $theirs } $target
    }
    let by_path = {|_| extension load $path }
    let by_name = {|_| extension load containerd }
    [
        (do $against "load again, path from the root" $by_path "no-op call" {|_| peer nothing } "<= 1.5")
        (do $against "load again, path from the root" $by_path "a call that returns the same record" {|_| peer give } "<= 1.5")
        (do $against "load again, by name" $by_name "no-op call" {|_| peer nothing } "<= 1.5")
        (do $against "a call that returns the same record" {|_| peer give } "no-op call" {|_| peer nothing })
        (do $against "a call that asks one question, and no more" {|_| peer ask } "no-op call" {|_| peer nothing })
        (do $against "load again, by name" $by_name "a call that asks one question" {|_| peer ask } "<= 1.5")
        (do $against "is-loaded" {|_| extension is-loaded containerd } "no-op call" {|_| peer nothing } "<= 1.5")
    ]
}

# What a new process does, with the cache on disk and without it.
def started []: nothing -> list<any> {
    let path = ($EXTENSION | path expand)
    let load = {
        plugin stop provisioning
        timeit { extension load $path }
    }
    let empty = {
        plugin stop peer
        timeit { peer nothing }
    }
    extension load $path | ignore
    [
        (compare "load, the plugin just started, from the disk" "a no-op call, its plugin just started" 15 $load $empty)
        (compare "load, the plugin just started, from the files" "a no-op call, its plugin just started" 15 {
            extension cache clear --disk | ignore
            do $load
        } $empty)
        (compare --faster "load, the plugin just started, from the disk" "from the files" 15 {
            extension load $path | ignore
            do $load
        } {
            extension cache clear --disk | ignore
            do $load
        })
    ]
}

# The library without a shell.
def library []: nothing -> list<any> {
    let home = (mktemp --directory)
    let plugin = (plugin list | where name == provisioning | get 0.filename)
    let rows = (^$env.BENCH_LIBRARY load $plugin $EXTENSION $home | from json | each {|it|
        let figure = {|number| if $it.unit == bytes { $number | into filesize } else { $number * 1ns } }
        row $it.what (do $figure $it.ours) $it.peer (do $figure $it.theirs)
    })
    rm --recursive $home
    $rows
}

export def main []: nothing -> list<any> {
    [(again) (started) (library)] | flatten
}
