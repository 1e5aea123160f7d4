export def a [x: int = "text"] { 1 }
