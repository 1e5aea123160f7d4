export def a [] { 1 }
print "x"
