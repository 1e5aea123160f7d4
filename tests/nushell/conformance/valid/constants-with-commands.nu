const UPPER = ("abc" | str upcase)
const LENGTH = ([1 2 3] | math sum)
const JOINED = ("a" | str replace a b)
const CHOSEN = if true { "yes" } else { "no" }
const VERSION = (version)
const SEPARATOR = (char newline)
export const SHOWN = $JOINED
export def a [] { [$UPPER $LENGTH $CHOSEN $VERSION $SEPARATOR] }
