export def fact [n: int]: nothing -> int { if $n < 2 { 1 } else { $n * (fact ($n - 1)) } }
export def even [n: int] { if $n == 0 { true } else { odd ($n - 1) } }
export def odd [n: int] { if $n == 0 { false } else { even ($n - 1) } }
