export def a [] { for x [1] { } }
