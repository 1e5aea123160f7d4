export def a [x: int = 3, y: string = "text", z: bool = true, f: float = 1.5] { [$x $y $z $f] }
export def b [x = 3, y = "inferred", z = false] { [$x $y $z] }
export def c [l: list<int> = [1 2 3], r: record = {a: 1, b: "two"}] { [$l $r] }
export def d [n: any = null, neg: int = -7] { [$n $neg] }
export def e [
    x: string = 'single "quotes"' # with a comment
    y: string = `backticks`
] { $x + $y }
