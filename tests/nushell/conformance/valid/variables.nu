export def a [x] {
    let y = $x
    let z: int = 3
    mut m = [1]
    $m ++= [2]
    $m.0 = 5
    let r = {a: 1}
    let big = if true { 1 } else { 2 }
    let piped = $y | default 1
    const C = 4
    [$y $z $m $r.a $big $piped $C $in $nu.pid]
}
