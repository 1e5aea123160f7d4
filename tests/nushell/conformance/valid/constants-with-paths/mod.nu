const HERE = path self
const DIRECTORY = path self .
const OTHER = (path self | path dirname | path join "other.nu")
export use $OTHER *
use ($DIRECTORY | path join "third.nu") three
export def a [] { [$HERE $DIRECTORY (three)] }
