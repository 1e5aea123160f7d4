export def a [] { let in = 1 }
