export def a [--x: int] { $x }
export def b [] { a --x }
