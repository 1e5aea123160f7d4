export def a [] { generate {|n = 0| {out: $n, next: ($n + 1)} } | first 3 }
export def b []: list<int> -> list<int> { each {|n| if $n > 2 { $n } } | compact }
export def c [] { [1 2] | par-each {|x| $x } | zip [3 4] | flatten | group-by {|x| $x mod 2 } }
