export def a [] { ^ls && ^cat }
