let x = 1
export def a [] { $x }
