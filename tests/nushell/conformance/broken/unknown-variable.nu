export def a [] { $nowhere }
