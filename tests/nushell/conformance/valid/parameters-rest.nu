export def a [...rest] { $rest }
export def b [x: int, ...rest: string] { [$x $rest] }
export def c [...files: path] { $files }
export def d [x?: int, ...more: record<a: int>] { [$x $more] }
export def e [ ...args: any # everything else
] { $args }
