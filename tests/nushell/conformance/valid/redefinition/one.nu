export def one-a [x?: int, y?: int] { $x }
