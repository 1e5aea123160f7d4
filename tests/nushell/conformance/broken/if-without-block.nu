export def a [] { if true 1 }
