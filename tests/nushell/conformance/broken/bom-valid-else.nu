# Begins with a mark.
export def a [x: int]: nothing -> int { $x }
export def b [] { 1 }
