
# After a mark and a line.
export def a [x: int]: nothing -> int { $x }
