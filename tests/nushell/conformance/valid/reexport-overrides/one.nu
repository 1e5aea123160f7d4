export def same [x: int] { $x }
export def only-one [] { 1 }
