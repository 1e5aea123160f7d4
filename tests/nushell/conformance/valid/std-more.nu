use std/iter
use std/math PI
use std/formats *
use std/dirs
use std/dt *
export def a [] { [1 2 3] | iter find {|x| $x > 1 } }
export def b []: string -> any { from jsonl }
export def c []: nothing -> float { $PI }
