use a.nu *
export def b [] { 1 }
