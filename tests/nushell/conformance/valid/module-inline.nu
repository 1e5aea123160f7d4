export module inner {
    export def a [x: int]: nothing -> int { $x }
    export const C = 1
    export module deeper {
        export def b [] { 2 }
        export def main [] { 3 }
    }
}
module hidden {
    export def c [] { 4 }
}
use hidden c
export def d [] { c }
