export def a [x: cell-path] { {a: {b: 1}} | get $x }
export def b [] { a $.a.b; a a.b; [[a]; [1]] | get 0.a? }
export def c [] { {"a b": 1, a: {"x.y": 2}} | get "a b" a."x.y" }
