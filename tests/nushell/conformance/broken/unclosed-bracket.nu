export def a [] { [1 2 }
