"""Perfect subtrees: the pieces of which every range that a proof speaks of consists."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from app.domain.translog.hashing import fold


@dataclass(frozen=True, slots=True)
class Subtree:
    """The perfect subtree over the leaves from ``index * 2**height`` up to ``(index + 1) * 2**height``."""

    height: int
    index: int


class Range(NamedTuple):
    """The leaves from ``start`` up to, not including, ``end``, as a node of some tree covers them."""

    start: int
    end: int


class HashReader(Protocol):
    """Reads hashes of perfect subtrees, from tiles or wherever they are kept."""

    def read(self, subtrees: Sequence[Subtree]) -> Sequence[bytes]:
        """Return the hash of each, in the order asked for.

        All that one proof needs is asked for at once, so that a tile is fetched once.
        """


def subtrees_of(leaves: Range) -> Iterator[Subtree]:
    """Split what a node covers into perfect subtrees, from left to right, the largest first."""
    start, end = leaves
    while start < end:
        height = (end - start).bit_length() - 1
        yield Subtree(height, start >> height)
        start += 1 << height


def read_ranges(reader: HashReader, ranges: Sequence[Range]) -> list[bytes]:
    """Return the hash of every range, read at once."""
    parts = [list(subtrees_of(leaves)) for leaves in ranges]
    hashes = iter(reader.read([subtree for part in parts for subtree in part]))
    return [fold([next(hashes) for _ in part]) for part in parts]
