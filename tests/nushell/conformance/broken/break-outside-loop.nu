export def a [] { break }
