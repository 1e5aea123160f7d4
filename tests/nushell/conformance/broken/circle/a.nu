use b.nu *
export def a [] { 1 }
