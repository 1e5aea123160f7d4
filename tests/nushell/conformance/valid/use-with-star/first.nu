export def one [x?: int = 1] { $x }
export alias uno = one
export const ONE = 1
def inner [] { }
