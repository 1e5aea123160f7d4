export def a [x: oneof<int, string>]: nothing -> oneof<int, string> { $x }
export def b []: oneof<string, nothing> -> nothing { }
export def c [x: oneof<list<int>, record<a: oneof<int, float>>>] { null }
