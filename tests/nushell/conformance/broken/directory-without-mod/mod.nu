use sub
export def a [] { 1 }
