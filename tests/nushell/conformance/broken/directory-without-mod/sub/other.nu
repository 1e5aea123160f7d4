export def b [] { 1 }
