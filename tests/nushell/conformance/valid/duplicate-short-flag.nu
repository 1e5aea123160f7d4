export def a [--x (-y), --z (-y)] { 1 }
