use one.nu [b]
export def a [] { 1 }
