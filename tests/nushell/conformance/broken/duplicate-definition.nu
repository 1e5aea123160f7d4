export def a [] { 1 }
export def a [] { 2 }
