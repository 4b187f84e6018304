"""How concentrated the influence on a decision is. Disclosed with every result, whatever the outcome.

Everything is an exact fraction, and read in one pass over weights that the database has grouped and sorted, so
that a roll of a million members needs no list.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

TOP = 10
"""How many of the largest are added up."""


@dataclass(frozen=True, slots=True)
class Distribution:
    """How weight is spread over those who hold it.

    :param members: how many they are.
    :param total: what they hold together, above 0.
    :param largest: the greatest single weight.
    :param top_ten: what the ten greatest come to; all of it where there are no more than ten.
    :param gini: the Gini coefficient, from 0 (all hold the same) to (members - 1)/members (one holds all).
    """

    members: int
    total: int
    largest: int
    top_ten: int
    gini: Fraction

    def to_json(self) -> dict[str, str]:
        """Return shares as ``part/whole``, not reduced, so that both figures can be read off."""
        return {
            "largest_holder": f"{self.largest}/{self.total}",
            "top_ten": f"{self.top_ten}/{self.total}",
            "gini": str(self.gini),
        }


def distribution(groups: Iterable[tuple[int, int]]) -> Distribution:
    r"""Measure how weight is spread.

    The Gini coefficient of x_1 <= ... <= x_n is G = sum over i of (2i - n - 1) x_i / (n * sum of x_i), the mean
    absolute difference of all pairs over twice the mean; it treats the roll as a whole population, without the
    factor n/(n - 1) that estimates from samples take. Source: C. Gini, "Variabilità e mutabilità" (1912), in
    the form of A. Sen, "On Economic Inequality" (1973), section 2.

    A group of c members of weight w after k others adds w * c * (2k + c - n) to the numerator; because n is
    known only at the end, w * c * (2k + c) is added up, and n times the total taken off then.

    :param groups: (weight, members) pairs, weights of 0 or more in ascending order, at least one member each;
        the same weight may come in several groups.
    :raises ValueError: for groups out of order or that are none, and where nobody holds anything.
    """
    members = total = ranked = 0
    previous = 0
    last: deque[tuple[int, int]] = deque(maxlen=TOP)
    for weight, count in groups:
        if weight < previous or count < 1:
            raise ValueError("groups are pairs of an ascending weight and at least one member")
        ranked += weight * count * (2 * members + count)
        total += weight * count
        members += count
        previous = weight
        last.append((weight, count))
    if total == 0:
        raise ValueError("nobody holds anything")
    gini = Fraction(ranked - members * total, members * total)
    return Distribution(members, total, previous, _largest(last), gini)


def _largest(groups: deque[tuple[int, int]]) -> int:
    """Add up the greatest weights; as each group has a member, ten groups hold them."""
    left, added = TOP, 0
    for weight, count in reversed(groups):
        taken = min(left, count)
        added += weight * taken
        left -= taken
    return added


@dataclass(frozen=True, slots=True)
class Concentration:
    """What a result discloses about influence, as shares of the whole roll.

    :param held: the weights on the roll.
    :param delegated: weight that delegates carried for others when it was counted.
    :param brand_affiliated: weight of entries marked as affiliated with the brand.
    :param largest_vote: the weight of the single vote that counted most, delegated weight included.
    """

    held: Distribution
    delegated: int = 0
    brand_affiliated: int = 0
    largest_vote: int = 0

    def __post_init__(self) -> None:
        parts = (self.delegated, self.brand_affiliated, self.largest_vote)
        if any(type(part) is not int or not 0 <= part <= self.held.total for part in parts):
            raise ValueError("a part is an integer from 0 to the weight of the roll")

    def to_json(self) -> dict[str, Any]:
        """Return the shares as a result states them."""
        total = self.held.total
        return {
            **self.held.to_json(),
            "brand_affiliated": f"{self.brand_affiliated}/{total}",
            "delegated": f"{self.delegated}/{total}",
            "largest_vote": f"{self.largest_vote}/{total}",
        }
