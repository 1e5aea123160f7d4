export def a [x: string = "tab\t newline\n quote\" slash\\ unicode\u{1f600} bell\u{7}"] { $x }
export def b [x: string = 'no\escape'] { "\r\n" + $x }
export def c [] { ["\u{e9}" "\(" "\{" "\$" "\^" "\#" "\|" "\~" "\a\b\e\f"] }
export def "d\"e" [] { 1 }
export def 'f\g' [] { 2 }
