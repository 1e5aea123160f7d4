export def a [] { "ÿþ" }
