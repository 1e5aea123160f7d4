export def a [n: int] {
    mut i = 0
    while $i < $n { $i += 1; if $i == 3 { continue }; if $i > 5 { break } }
    loop { break }
    for x in 1..$n { if $x == 2 { return $x } }
    $i
}
export def b [x: bool] { if $x { 1 } else if (not $x) { 2 } else { 3 } }
