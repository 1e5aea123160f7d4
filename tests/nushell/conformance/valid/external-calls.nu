export def a [...args: string] { ^git log --oneline ...$args | complete | get exit_code }
export def b [] { ^"program with blanks" 'a b' "c" $"d(1)" *.nu ~/x --flag=($env.HOME) }
export def c [] { let p = "ls"; ^$p -la; run-external "ls" "-l" }
export def d [] { ^bash -c r#'echo "$HOME" | grep -v 'x''# }
