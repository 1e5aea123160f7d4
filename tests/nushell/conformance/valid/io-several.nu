export def a []: [nothing -> int, string -> string] { if ($in | is-empty) { 1 } else { "x" } }
export def b []: [
    int -> string
    float -> string
    nothing -> nothing
] { if $in == null { null } else { $in | into string } }
export def c []: [list<int> -> int, table -> record, any -> any] { $in }
