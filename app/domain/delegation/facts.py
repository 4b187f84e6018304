"""What delegation is resolved from: the roll, the delegations members gave, and the cap."""

from __future__ import annotations

import datetime as dt
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from operator import itemgetter, lt
from typing import Any, NamedTuple

from app.domain.decision import Ratio
from app.domain.weights import GREATEST_TOTAL


class DelegationScope(StrEnum):
    """What a delegation is for, the most specific first.

    ``group`` comes before ``decision_type``: a group's ballots have the narrower electorate, and its delegate
    is likely to be on that roll, where a delegate for a kind of decision may well not be. LiquidFeedback has
    the same order of three (issue, area, unit) and no second branch.
    """

    BALLOT = "ballot"
    GROUP = "group"
    DECISION_TYPE = "decision_type"
    COMMUNITY = "community"


SCOPES: tuple[DelegationScope, ...] = tuple(DelegationScope)
"""The scopes, the most specific first."""

BREADTH: Mapping[str, int] = {scope: place for place, scope in enumerate(SCOPES)}
"""Scope to its place in :data:`SCOPES`; plain strings from a database find it too."""


class Delegation(NamedTuple):
    """One delegation that applies to the ballot: a member lets another vote for them.

    A tuple, because half a million are read at a close and tuples are the cheapest records there are.

    :param reference: its public name, unique; evidence cites it.
    :param delegator: the name on the roll of whoever gave it; of people off the roll it is ignored.
    :param delegate: the name on the roll of whoever received it; None is the explicit opt-out from every
        wider delegation; any text that is no name on the roll, for instance ``""``, is a delegate off the roll.
    :param scope: only delegations whose scope covers the ballot belong here; that is for the caller to see to.
    :param given_at: aware instant.
    :param expires_at: aware instant at which it ends by itself, or None.
    :param revoked_at: aware instant at which it was taken back, or None.
    """

    reference: str
    delegator: str
    delegate: str | None
    scope: str
    given_at: dt.datetime
    expires_at: dt.datetime | None = None
    revoked_at: dt.datetime | None = None

    def in_force(self, closes_at: dt.datetime) -> bool:
        """Say whether it holds as the ballot closes.

        A ballot is open in [opens_at, closes_at), so what counts is the last moment before the close. What
        happens at ``closes_at`` itself comes too late, as a vote would: a delegation given then does not count,
        one revoked or expiring then still does.
        """
        return (
            self.given_at < closes_at
            and (self.expires_at is None or self.expires_at >= closes_at)
            and (self.revoked_at is None or self.revoked_at >= closes_at)
        )


@dataclass(frozen=True, slots=True)
class Roll:
    """The electoral roll in the order of its published hash, so that no order of input can matter.

    :param names: the voters' names, each greater than the one before; a voter's place in it is their position.
    :param weights: the weight at each position, 0 or more (0 only in the token tally of a double majority).
    :raises ValueError: for names in another order, and for a total above 2^53 - 1.
    """

    names: Sequence[str]
    weights: array[int]
    positions: Mapping[str, int] = field(init=False, repr=False, compare=False)
    total: int = field(init=False, compare=False)

    def __post_init__(self) -> None:
        total = sum(self.weights)
        ascending = all(map(lt, self.names, islice(self.names, 1, None)))
        if not ascending or len(self.weights) != len(self.names):
            raise ValueError("a roll names everyone once, in ascending order, with one weight")
        if total > GREATEST_TOTAL:
            raise ValueError("the weights on the roll exceed 2^53 - 1 in total")
        positions = {name: position for position, name in enumerate(self.names)}
        object.__setattr__(self, "positions", positions)
        object.__setattr__(self, "total", total)

    @classmethod
    def of(cls, entries: Iterable[tuple[str, int]]) -> Roll:
        """Make a roll of (name, weight) pairs in any order; pairs already in order are read fastest.

        :raises ValueError: for a name that comes twice, a negative weight and a total above 2^53 - 1.
        :raises TypeError: for a weight that is no integer.
        """
        ordered = sorted(entries, key=itemgetter(0))
        weights = as_weights(weight for _, weight in ordered)
        return cls([name for name, _ in ordered], weights)


def as_weights(weights: Iterable[int]) -> array[int]:
    """Pack weights into eight bytes each.

    :raises ValueError: for a weight below 0 or above 2^53 - 1.
    :raises TypeError: for a weight that is no integer.
    """
    try:
        packed = array("q", weights)
    except OverflowError:
        raise ValueError("a weight lies between 0 and 2^53 - 1") from None
    if packed and not 0 <= min(packed) <= max(packed) <= GREATEST_TOTAL:
        raise ValueError("a weight lies between 0 and 2^53 - 1")
    return packed


@dataclass(frozen=True, slots=True)
class DelegationCap:
    """The most weight a delegate may receive from others; their own weight is not counted in it.

    :param weight: as an amount of weight, 0 or more; or None.
    :param ratio: as a share of the weight of the whole roll, rounded down; or None. Exactly one of the two.
    """

    weight: int | None = None
    ratio: Ratio | None = None

    def __post_init__(self) -> None:
        if (self.weight is None) == (self.ratio is None):
            raise ValueError("a cap is either an amount or a ratio")
        if self.weight is not None and (type(self.weight) is not int or self.weight < 0):
            raise ValueError("the amount of a cap is an integer of 0 or more")

    def limit(self, roll_weight: int) -> int:
        """Return the cap as an amount of weight."""
        if self.ratio is not None:
            return roll_weight * self.ratio.numerator // self.ratio.denominator
        assert self.weight is not None  # noqa: S101 - exactly one of the two is set
        return self.weight

    def to_json(self) -> dict[str, Any]:
        """Return the cap as the decision type states it."""
        return {"ratio": str(self.ratio)} if self.ratio is not None else {"weight": self.weight}
