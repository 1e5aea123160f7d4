const X = (^ls)
export def a [] { $X }
