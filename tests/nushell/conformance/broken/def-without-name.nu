export def
