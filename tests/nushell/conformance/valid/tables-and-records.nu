export def a []: nothing -> table<a: int, b: string> { [[a, b]; [1, "x"], [2, "y"]] }
export def b [] { {a: 1, ...{b: 2}, "c d": [1, ...[2 3]]} }
export def c [] { let r = {a: {b: [{c: 1}]}}; $r.a.b.0.c + $r.a?.x?.y? }
export def d []: nothing -> record<a: int> { {a: 1} }
