export def main [] { help main-and-others }
export def "main sub" [x: int] { $x }
export def other [] { 2 }
