# Ends of lines of another system.
#
# Second paragraph.
export def a [
    x: int # the first
    --flag: string = "y" # the second
]: nothing -> int {
    $x
    | $in + 1
}

export const C = 1
export def b [] { "over
lines" }
