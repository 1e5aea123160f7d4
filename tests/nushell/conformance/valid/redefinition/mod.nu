use one.nu *
export def a [x: int] { one-a }
export def one-a [] { 2 }
