export def shared [x: int] { $x }
