export def --env a [x: path] { cd $x }
export def --env b []: nothing -> nothing { $env.X = 1 }
def --env inner [] { $env.Y = 2 }
