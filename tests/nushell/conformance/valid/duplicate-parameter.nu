export def a [x: int, x: string] { $x }
