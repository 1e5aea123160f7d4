# Adds.
@example "two numbers" { a 1 2 } --result 3
@example "others" { a 3 4 }
export def a [x: int, y: int]: nothing -> int { $x + $y }
