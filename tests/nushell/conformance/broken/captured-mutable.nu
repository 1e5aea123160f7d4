export def a [] { mut x = 1; [1] | each {|| $x += 1 } }
