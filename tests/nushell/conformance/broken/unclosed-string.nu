export def a [] { "abc }
