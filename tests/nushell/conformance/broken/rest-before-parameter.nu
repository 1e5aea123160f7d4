export def a [...rest, x: int, --y: ] { $x }
