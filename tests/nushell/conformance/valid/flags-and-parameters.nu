export def a [x: int, --force (-f), y?: string, --out (-o): path, ...rest] { [$x $force $y $out $rest] }
export def b [-s, --t (-u): int] { [$s $t] }
