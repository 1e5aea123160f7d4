export use deep/c.nu *
export def in-b []: nothing -> string { "b" }
