"""Everything in a ledger that excludes something else in it.

Each look states a law that every honest run obeys, whatever its student wrote: sums,
counts, bounds between loss and accuracy, the order of times. None is a statistical
test, so an honest run is never named here but for a fault of this program; the rules
leave room for rounding in single precision and for clocks that differ by seconds.
"""

from __future__ import annotations

from autograder.project import counts, metrics, quotes, times
from autograder.project.finding import Contradiction
from autograder.project.ledger import Run

SHOWN = 5  # of each name


def find(run: Run) -> list[Contradiction]:
    """All contradictions in the ledger's order, at most ``SHOWN`` of a look's name."""
    found: list[Contradiction] = []
    for look in (*times.LOOKS, *counts.LOOKS, *metrics.LOOKS, *quotes.LOOKS):
        named: dict[str, int] = {}
        for one in look(run):
            named[one.name] = named.get(one.name, 0) + 1
            if named[one.name] <= SHOWN:
                found.append(one)
    return sorted(found, key=lambda one: (one.line or 0, one.name))
