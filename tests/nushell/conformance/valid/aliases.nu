export alias ll = ls -l
export alias greet = echo "hello"
alias inner = ls
export alias again = inner --all
export alias outside = ^cat -n
# Wraps own.
export alias short = longer 1
export def longer [x: int, y?: string] { [$x $y] }
