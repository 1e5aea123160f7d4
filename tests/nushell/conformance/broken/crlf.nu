# x
export def a []: nothing -> int {
    $nowhere
}
