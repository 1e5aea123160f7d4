export def two [x: int]: nothing -> int { $x }
