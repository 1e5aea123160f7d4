export def a [] { try { ^false } catch {|error| $error.msg } }
export def b [] { try { 1 } }
export def c [] { try { open x } catch { null } finally { print --stderr "done" } }
export def d []: nothing -> string { try { "x" } catch { "y" } }
