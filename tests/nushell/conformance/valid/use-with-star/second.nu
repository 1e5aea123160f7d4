export use first.nu *
export def two [] { one 2 }
export def main [] { "two" }
