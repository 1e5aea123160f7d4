"""How long Python's graphlib takes for the order of components, in nanoseconds: SHAPE COUNT."""

import sys
import time
from graphlib import TopologicalSorter

shape, count = sys.argv[1], int(sys.argv[2])


def needs(n):
    if n == 0:
        return []
    if shape == "chain":
        return [f"c{n - 1}"]
    return sorted({f"c{(n * prime + prime) % n}" for prime in (7919, 104729, 1299709)})


graph = {f"c{n}": needs(n) for n in reversed(range(count))}
start = time.perf_counter_ns()
order = list(TopologicalSorter(graph).static_order())
took = time.perf_counter_ns() - start
assert len(order) == count
print(took)
