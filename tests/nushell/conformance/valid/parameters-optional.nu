export def a [x?: int, y?: list<string>] { [$x $y] }
export def b [x: int, y?] { [$x $y] }
export def c [] { }
export def d () { 1 }
