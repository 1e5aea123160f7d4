export def h [] { 4 }
