export def a [] { match 1 { 1 2 } }
