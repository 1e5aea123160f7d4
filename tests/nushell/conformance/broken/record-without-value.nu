export def a [] { {a: 1, b} }
