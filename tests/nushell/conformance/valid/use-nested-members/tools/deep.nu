export def a [] { 1 }
export def b [x: string] { $x }
