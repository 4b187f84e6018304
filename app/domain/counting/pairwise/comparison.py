"""Every option compared with every other: how much weight prefers the one to the other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from app.domain.counting.result import Table

Ranking = tuple[tuple[str, ...], ...]
"""Groups of equal options, the most preferred first; options in no group are equal last."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """The pairwise matrix of an election.

    :param options: the options compared, in the question's order.
    :param valid: the weight of the ballots compared.
    :param preferring: option to other option to the weight of the ballots that prefer the one to the other.
    """

    options: tuple[str, ...]
    valid: int
    preferring: Mapping[str, Mapping[str, int]]

    def beats(self, one: str, other: str) -> bool:
        """Say whether more weight prefers the one to the other than the other to the one."""
        return self.preferring[one][other] > self.preferring[other][one]

    def beaten_by(self, option: str) -> list[str]:
        """Return those the option beats, in the question's order."""
        return [other for other in self.options if other != option and self.beats(option, other)]

    def condorcet_winner(self) -> str | None:
        """Return the option that beats every other, if there is one."""
        others = len(self.options) - 1
        return next((option for option in self.options if len(self.beaten_by(option)) == others), None)

    def among(self, options: Sequence[str]) -> Comparison:
        """Return the same comparison of only some of the options, given in the question's order."""
        return Comparison(tuple(options), self.valid, self.preferring)

    def table(self) -> Table:
        """Return the matrix as exact text."""
        return {
            one: {other: str(self.preferring[one][other]) for other in self.options if other != one}
            for one in self.options
        }


def compare(options: tuple[str, ...], ballots: Iterable[tuple[Ranking, int]]) -> Comparison:
    """Compare every two options on every ballot.

    :param ballots: (ranking, weight) of every distinct ballot.
    """
    ballots = list(ballots)
    valid = sum(weight for _, weight in ballots)
    # A row of the matrix is one whole number with a field of `width` bits for every other option, wide enough
    # for all the weight there is: a ballot then adds its weight to a whole row at once.
    width = valid.bit_length()
    field = {option: 1 << (width * place) for place, option in enumerate(options)}
    everyone = sum(field.values())
    rows = dict.fromkeys(options, 0)
    for ranking, weight in ballots:
        below = everyone
        for group in ranking:
            for option in group:
                below -= field[option]
            preferred = below * weight
            for option in group:
                rows[option] += preferred
    mask = (1 << width) - 1
    preferring = {
        option: {
            other: row >> (width * place) & mask for place, other in enumerate(options) if other != option
        }
        for option, row in rows.items()
    }
    return Comparison(options, valid, preferring)
