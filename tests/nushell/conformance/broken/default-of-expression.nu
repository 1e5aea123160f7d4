export def a [x: int = (random int)] { 1 }
