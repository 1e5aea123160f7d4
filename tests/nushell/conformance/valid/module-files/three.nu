export const C = 3
export def c [] { $C }
