export def a [x: int] { $x }
export def main [] { 1 }
