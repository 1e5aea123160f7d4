export def a [] {
    ls
    | where size > 1kb and type == file
    | sort-by --reverse modified
    | select name size
    | first 3
}
export def b [] { ^ls o> out.txt; ^ls e>| lines; ^ls o+e>| str trim; ^ls out> /dev/null err> /dev/null }
export def c [] { [1 2 3] | enumerate | each { $in.item } | math sum; null }
export def d [] { ls | get name.0? | default "x" | $"($in)!" }
export def e [] { (
    [1 2]
    | length
) }
