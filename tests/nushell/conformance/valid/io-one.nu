export def a []: nothing -> int { 1 }
export def b []: string -> string { str trim }
export def c []: any -> any { $in }
export def d [] : nothing -> nothing { }
export def e []: list<int> -> record<sum: int> { {sum: ($in | math sum)} }
export def f []: table<a: int> -> list<int> { get a }
