use std *
export def a [] { log info "x" }
export def b [] { assert true }
export def c []: list<int> -> list<int> { iter filter-map {|x| $x + 1} }
