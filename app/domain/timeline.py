"""Figures at instants: dated changes of counters, sorted once and played forward.

A figure at an instant rests on what had happened by then, the instant included, so what happens later never
changes it. The cost is that of sorting the changes, whatever the number of instants.
"""

from __future__ import annotations

import datetime as dt
from bisect import insort
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

#: A change holds from an instant on, or strictly after it (a date that is over).
AT, AFTER = 0, 1
When = tuple[dt.datetime, int]
#: What is counted: a name, and where there are several of the name, which one.
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one counter.

    :param by: usually 1 or -1.
    :param waited: how long it took until this happened, where that is measured under the counter's name.
    """

    when: When
    key: Key
    by: int
    waited: dt.timedelta | None = None


class Counters:
    """The counters at one instant, and the waits under each name in order of length."""

    def __init__(self) -> None:
        self._counts: Counter[Key] = Counter()
        self._waits: dict[str, list[dt.timedelta]] = defaultdict(list)

    def apply(self, change: Change) -> None:
        """Let a change happen."""
        self._counts[change.key] += change.by
        if change.waited is not None:
            insort(self._waits[change.key[0]], change.waited)

    def count(self, name: str, which: str = "") -> int:
        """Return a counter."""
        return self._counts[name, which]

    def kinds(self, *names: str) -> list[str]:
        """Return which ones of some names are above nothing, in alphabetical order."""
        return sorted({which for (name, which), number in self._counts.items() if name in names and number})

    def median_seconds(self, name: str) -> Fraction | None:
        """Return the exact median of the waits under a name, in seconds; None where there is none."""
        return median_seconds(self._waits[name])


def played(
    changes: Iterable[Change], instants: Iterable[dt.datetime]
) -> Iterator[tuple[dt.datetime, Counters]]:
    """Yield the counters at each instant once, the earliest first; they move on with the next one."""
    ordered = sorted(changes, key=lambda change: change.when)
    counters = Counters()
    place = 0
    for at in sorted(set(instants)):
        while place < len(ordered) and ordered[place].when <= (at, AT):
            counters.apply(ordered[place])
            place += 1
        yield at, counters


def median_seconds(waits: Sequence[dt.timedelta]) -> Fraction | None:
    """Return the exact median of waits in ascending order; of an even number, the mean of the middle two."""
    if not waits:
        return None
    middle = waits[(len(waits) - 1) // 2] + waits[len(waits) // 2]
    return Fraction(middle // dt.timedelta(microseconds=1), 2_000_000)
