export def a [] { [bare words with-dashes/and/slashes *.nu ~/x a.b.c @x %y] }
export def b [] { echo foo=bar a:b }
export def c [] { {bare-key: bare-value, "quoted": 1, 3: 4} }
