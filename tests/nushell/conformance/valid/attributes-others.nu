# Old.
#
# More about it.
@deprecated "use b" --since 0.1 --remove 2.0
@search-terms old gone
@category network
export def a [x: int # the one
    --flag # the other
]: nothing -> int { $x }

@deprecated --flag old "not any more"
export def b [--old, --new] { [$old $new] }

@complete external
export def c [--x: string] { $x }
