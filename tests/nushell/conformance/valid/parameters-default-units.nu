export def a [s: filesize = 10mb, d: duration = 5min, t: datetime = 2024-01-01] { [$s $d $t] }
export def b [r: range = 1..5, c: cell-path = $.a.b] { [$r $c] }
export def c [x: binary = 0x[ff 00]] { $x }
export def d [s: duration = 1day] { $s }
