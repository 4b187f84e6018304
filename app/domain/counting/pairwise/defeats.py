"""Who beats whom, and how strongly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from app.domain.counting.pairwise.comparison import Comparison
from app.domain.counting.settings import ChoiceSetting

STRENGTH = ChoiceSetting(
    "strength",
    "How strong a victory of one option over another is.",
    "winning_votes",
    {
        "winning_votes": "the weight that prefers the winner; of two equal ones that is stronger which less "
        "weight opposes",
        "margins": "the weight that prefers the winner less the weight that prefers the loser",
    },
)


class Defeat(NamedTuple):
    """One option beats another: the weight that prefers the winner, and that which prefers the loser."""

    winner: str
    loser: str
    votes: int
    against: int


def defeats_by_strength(comparison: Comparison, strength: str) -> list[list[Defeat]]:
    """Return all defeats, the strongest first, those of equal strength together in the question's order.

    :param strength: a choice of :data:`STRENGTH`.
    """
    defeats = [
        Defeat(winner, loser, comparison.preferring[winner][loser], comparison.preferring[loser][winner])
        for winner in comparison.options
        for loser in comparison.beaten_by(winner)
    ]

    def strong(defeat: Defeat) -> tuple[int, ...]:
        if strength == "margins":
            return (defeat.votes - defeat.against,)
        return (defeat.votes, -defeat.against)

    ordered = sorted(defeats, key=strong, reverse=True)
    return [list(equal) for _, equal in groupby(ordered, key=strong)]


def strength_text(defeat: Defeat, strength: str) -> str:
    """Write a strength: ``"28:17"`` for votes and opposition, ``"11"`` for a margin."""
    if strength == "margins":
        return str(defeat.votes - defeat.against)
    return f"{defeat.votes}:{defeat.against}"


class Chains:
    """Who can be reached from whom through the defeats linked so far."""

    def __init__(self, options: Sequence[str]) -> None:
        self._options = options
        self._bit = {option: 1 << place for place, option in enumerate(options)}
        # Everyone reaches themselves.
        self._reached = dict(self._bit)

    def reaches(self, one: str, other: str) -> bool:
        """Say whether a chain of linked defeats leads from the one to the other."""
        return bool(self._reached[one] & self._bit[other])

    def link(self, defeat: Defeat) -> list[tuple[str, str]]:
        """Add a defeat and return every (from, to) that a chain leads between now and did not before."""
        if self.reaches(defeat.winner, defeat.loser):
            return []
        beyond = self._reached[defeat.loser]
        opened: list[tuple[str, str]] = []
        for option in self._options:
            if self.reaches(option, defeat.winner) and (new := beyond & ~self._reached[option]):
                self._reached[option] |= new
                opened += [(option, other) for other in self._options if new & self._bit[other]]
        return opened


def layers(options: Sequence[str], beaten_by: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Rank options whose victories contradict nowhere: first those nobody beats, then those beaten by these.

    :param beaten_by: for each option those it beats, chains included; no option beats itself.
    """
    left = list(options)
    ranks: list[list[str]] = []
    while left:
        beaten = {loser for option in left for loser in beaten_by[option]}
        ranks.append([option for option in left if option not in beaten])
        left = [option for option in left if option in beaten]
    return ranks
