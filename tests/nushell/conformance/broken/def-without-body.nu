export def a []
