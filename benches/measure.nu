# How benchmarks measure, and the rows of their table.

# The median of what is measured and of its peer, in turns, as a row; see `row`.
export def compare [
    what: string
    peer: string
    rounds: int # measurements of each
    measured: closure # gets the number of the round, returns a duration
    compared: closure # likewise
    target?: string # what the design asks for
    --faster
]: nothing -> record {
    let times = (1..$rounds | each {|round| {ours: (do $measured $round), theirs: (do $compared $round)} })
    row $what ($times.ours | math median) $peer ($times.theirs | math median) $target --faster=$faster
}

# One call out of many, without what the loop costs. The code gets a number that is another one for each call of a round.
export def per-call [calls: int, code: closure, --from: int = 0]: nothing -> duration {
    let numbers = $from..<($from + $calls)
    let full = (timeit { for n in $numbers { do $code $n } })
    let empty_closure = (timeit { for n in $numbers { do {|_| } $n } })
    ($full - $empty_closure) / $calls
}

# What was measured, its peer, the figures of both, and their ratio: how much of the peer's is needed or, with --faster,
# how many times faster it is. Figures are durations or file sizes.
export def row [what: string, ours: any, peer: string, theirs: any, target?: string, --faster]: nothing -> record {
    let ratio = (if $faster { $theirs / $ours } else { $ours / $theirs })
    let shown_ratio = (if $faster { $"($ratio | math round --precision 1) x faster" } else { $"($ratio | math round --precision 2)" })
    let row = {
        what: $what
        ours: (short $ours)
        peer: $peer
        theirs: (short $theirs)
        ratio: $shown_ratio
        target: $target
        reached: (reached $ratio $target)
    }
    print --stderr $"  ($what): ($row.ours) against ($row.theirs) for ($peer): ($shown_ratio)"
    $row
}

# Whether a ratio is what a target such as `>= 50` asks for.
def reached [ratio: float, target?: string]: nothing -> any {
    if $target == null { return }
    let bound = ($target | parse "{relation} {number}" | first | update number { into float })
    let is_reached = (if $bound.relation == ">=" { $ratio >= $bound.number } else { $ratio <= $bound.number })
    if $is_reached { "yes" } else { "NO" }
}

def short [figure: any]: nothing -> string {
    if ($figure | describe) == filesize { return ($figure | format filesize MiB) }
    $figure | format duration (if $figure < 1ms { "µs" } else if $figure < 1sec { "ms" } else { "sec" })
}
