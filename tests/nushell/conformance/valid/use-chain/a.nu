export use b.nu *
export def in-a [] { in-c 1 }
