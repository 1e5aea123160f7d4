def animals [] { [cat dog] }
def "with context" [context: string, position: int] { {options: {}, completions: [a b]} }
export def a [x: string@animals, --kind: string@"with context"] { [$x $kind] }
export def b [x?: string@animals = "cat", ...rest: string@animals] { [$x $rest] }
export def c [x: string@[red green blue]] { $x }
