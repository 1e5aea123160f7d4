export def a [] { [1..3, 1..2..9, 5..<7, (1..) , 0x1f, 0b101, 0o17, 1_000, -3, 1e3, .5, inf] }
export def b [x: range = 0..9] { $x }
export def c [] { [1kb 2MiB 3gb 1sec 2min 3hr 4day 5wk 6ns 7ms 8us] }
export def d [] { 7 // 2 + 7 mod 2 ** 3 bit-and 1 }
export def e [] { [(1 in [1 2]) ("a" not-in "abc") ("abc" =~ "b") ("abc" !~ "d") ("abc" starts-with "a") (true xor false)] }
