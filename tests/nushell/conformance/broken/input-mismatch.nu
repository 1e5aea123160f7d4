export def a [] { 1 | str trim }
