export def a [x: any] {
    match $x {
        1 | 2 => "small"
        3..10 => "medium",
        [$first, ..$rest] => $rest
        {name: $name} if ($name | is-not-empty) => $name
        "text" => { "block" }
        null => null
        $other if $other > 100 => { a: $other }
        _ => (error make {msg: "no"})
    }
}
export def b []: nothing -> string { match 1 { 1 => "one", _ => "other" } }
