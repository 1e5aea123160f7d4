export const TEXT = "x"
export const NUMBER: int = 3
export const LIST = [1 2 3]
export const RECORD = {a: 1, b: {c: [1kb 2sec]}}
const INNER = ($NUMBER + 1)
export const DERIVED = $INNER * 2
export def a [x: int = $NUMBER, y: string = $TEXT] { $x + $INNER }
