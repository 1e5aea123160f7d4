export def h [x: int]: nothing -> int { $x }
