export def a []: nothing -> foo { 1 }
