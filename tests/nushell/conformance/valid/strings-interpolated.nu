export def a [name: string, n: int] { $"($name) has ($n + 1) and \(parens\) and \"quotes\" \u{e9}" }
export def b [] { $'single (1 + 2) (["a" "b"] | str join $"-(1)-")' }
export def c [] { $"nested ($"inner ($"most (1)")")" }
export def d [] { ^echo $"--flag=(1)" }
export def e [] { ls $"(pwd)/*.nu" }
