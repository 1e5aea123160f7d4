export def three []: nothing -> int { 3 }
