export def a [] { ls --no-such-flag }
