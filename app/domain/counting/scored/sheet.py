"""What the ballots gave each option, added up by score."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.domain.counting.forms.numbered import NumberedOptions
from app.domain.counting.question import Question


@dataclass(frozen=True, slots=True)
class Sheet:
    """For every option the weight of the ballots that gave it each number, those left out included.

    :param valid: the weight of all ballots.
    :param given: option to number to weight, as the ballots have it.
    :param missing: the number an option gets from a ballot that leaves it out, or None for no number.
    """

    valid: int
    given: Mapping[str, Mapping[int, int]]
    missing: int | None

    def with_number(self, option: str) -> int:
        """Return the weight of the ballots whose number for the option counts."""
        return self.valid if self.missing is not None else sum(self.given[option].values())

    def weight(self, option: str, number: int) -> int:
        """Return the weight of the ballots that give the option this number, or leave it out to that effect."""
        given = self.given[option]
        left_out = self.valid - sum(given.values()) if number == self.missing else 0
        return given.get(number, 0) + left_out

    def total(self, option: str) -> int:
        """Return the sum over all ballots of weight times number."""
        given = self.given[option]
        total = sum(number * weight for number, weight in given.items())
        return total if self.missing is None else total + self.missing * (self.valid - sum(given.values()))


def fill_in(
    question: Question,
    read: Callable[[str], NumberedOptions],
    ballots: Mapping[str, int],
    *,
    missing: int | None,
) -> Sheet:
    """Add the ballots up.

    :param read: the reader of the question's ballot form.
    :param missing: what leaving an option out means; see :class:`Sheet`.
    """
    pairs: dict[tuple[str, int], int] = {}
    for text, weight in ballots.items():
        for pair in read(text):
            pairs[pair] = pairs.get(pair, 0) + weight
    given: dict[str, dict[int, int]] = {option: {} for option in question.options}
    for (option, number), weight in pairs.items():
        given[option][number] = weight
    return Sheet(sum(ballots.values()), given, missing)
