export def a [x?: int, y: int] { 1 }
