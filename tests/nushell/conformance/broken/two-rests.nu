export def a [...x, ...y] { 1 }
