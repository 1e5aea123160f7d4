export def a [x] { const Y = $x; $Y }
