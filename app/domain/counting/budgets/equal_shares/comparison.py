"""The comparison step: whether more voters prefer what plain votes would have funded."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Literal

Measure = Literal["options", "represented"]


def compare(
    ballots: Iterable[tuple[Collection[str], int]],
    ours: Collection[str],
    theirs: Collection[str],
    measure: Measure,
) -> tuple[int, int]:
    """Return the weight of the ballots that prefer ``ours``, and of those that prefer ``theirs``.

    :param ballots: (options supported, weight).
    :param measure: a ballot prefers the outcome with more ``options`` it supports, or, for ``represented``,
        the only one with any.
    """
    prefer_ours = prefer_theirs = 0
    for supported, weight in ballots:
        in_ours = sum(option in ours for option in supported)
        in_theirs = sum(option in theirs for option in supported)
        if measure == "represented":
            in_ours, in_theirs = min(in_ours, 1), min(in_theirs, 1)
        if in_ours > in_theirs:
            prefer_ours += weight
        elif in_theirs > in_ours:
            prefer_theirs += weight
    return prefer_ours, prefer_theirs
