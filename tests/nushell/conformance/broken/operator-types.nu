export def a [] { "text" - 1 }
