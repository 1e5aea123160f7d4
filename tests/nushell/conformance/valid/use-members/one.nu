export def a [] { 1 }
export def b [x: int] { $x }
export def "c d" [--flag] { $flag }
export def e [] { 5 }
export def f []: nothing -> int { 6 }
export def g [] { 7 }
export const CONSTANT = 8
