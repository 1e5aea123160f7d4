export def "attr mine" [x: string]: nothing -> record { {mine: $x} }
export def a [] { 1 }
