export def a [] { 1 }
def b [] { 2 }
export def c [] { hide b; 3 }
