use std/assert
use std/assert [equal]
export def a [] { assert equal 1 1; assert (1 < 2); equal 1 1 }
