export def first-uses-later [] { later 1 --flag }
export def later [x: int, --flag]: nothing -> int { $x }
