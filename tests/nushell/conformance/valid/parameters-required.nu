export def a [x: int, y: string, z] { [$x $y $z] }
export def b [
    x: int # the first
    y: record<name: string, size: filesize> # the second
] { $y.name | str length | $in + $x }
export def "with blanks" [x: any] { $x }
