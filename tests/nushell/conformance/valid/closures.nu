export def a [f: closure] { do $f 1 }
export def b [] { [1 2] | each {|x| $x * 2 } | where {|x| $x > 2 } | reduce --fold 0 {|it, acc| $it + $acc } }
export def c [f?: closure] { do $f 2 }
export def d [] { let f = {|x: int, y?: string, ...rest| [$x $y $rest] }; do $f 1 }
export def e [] { {|| 1 } }
export def f [] { {run: {|x| $x }, "other": { 2 } } }
