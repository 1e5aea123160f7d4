export def a [] { "\q" }
