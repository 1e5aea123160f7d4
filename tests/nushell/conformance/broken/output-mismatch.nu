export def a []: nothing -> record { "text" }
