export use ../one.nu
export def b [] { one a 2 }
