export use ../d.nu [in-d]
export def in-c [x: int]: nothing -> int { $x }
