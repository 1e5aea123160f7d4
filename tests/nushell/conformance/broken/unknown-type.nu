export def a [x: strnig] { $x }
