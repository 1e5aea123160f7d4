export def p [x?: int] { $x }
