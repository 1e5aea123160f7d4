@nowhere
export def a [] { 1 }
