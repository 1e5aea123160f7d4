export def a [
    # a comment of its own
    x: int

    # another one
    y?: string,
    --flag # beside
    ...rest: int
] { [$x $y $flag $rest] }
