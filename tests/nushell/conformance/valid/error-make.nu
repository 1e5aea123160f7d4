export def a [x: int]: nothing -> int {
    if $x < 0 { error make {msg: "negative", label: {text: "here", span: (metadata $x).span}} }
    $x
}
export def b [] { error make --unspanned {msg: "no", help: "yes"} }
