"""Delegation resolved at a ballot's close: who carries whose weight, and what is not counted, and why.

Resolution happens before counting, in three steps: the delegation that holds for each member
(:mod:`~app.domain.delegation.selection`), where its chain leads (:mod:`~app.domain.delegation.chains`), and
how much of it the cap lets the delegate carry (:mod:`~app.domain.delegation.capping`). The same facts in any
order give the same resolution, byte for byte.
"""

from __future__ import annotations

import datetime as dt
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from app.domain.delegation.capping import Overflow, overflows
from app.domain.delegation.chains import Chains, Outcome, follow
from app.domain.delegation.facts import Delegation, DelegationCap, Roll
from app.domain.delegation.selection import select


@dataclass(frozen=True, slots=True)
class Sum:
    """How many roll entries, and what they weigh together."""

    members: int
    weight: int

    def to_json(self) -> dict[str, int]:
        """Return both as JSON."""
        return {"members": self.members, "weight": self.weight}


@dataclass(frozen=True, slots=True)
class Resolution:
    """Where the weight of every roll entry went. Positions are places in ``roll.names``.

    :param closes_at: the close for which it holds.
    :param cap: the cap applied, or None.
    :param chains: where the chains lead before the cap.
    :param outcome: of :class:`~app.domain.delegation.chains.Outcome`, by position.
    :param counted: by position, the weight with which the vote cast there counts; 0 where none was cast.
    :param overflow: what exceeded the cap, by the delegates' positions.
    :param sums: outcome to what it comes to; together they are the whole roll.
    """

    roll: Roll
    closes_at: dt.datetime
    cap: DelegationCap | None
    chains: Chains
    outcome: bytearray
    counted: array[int]
    overflow: tuple[Overflow, ...]
    sums: dict[Outcome, Sum]

    @property
    def counted_weight(self) -> int:
        """Return the weight of all votes, delegated weight included; never more than the roll's."""
        return self.sums[Outcome.CAST].weight + self.delegated_weight

    @property
    def delegated_weight(self) -> int:
        """Return the weight that delegates carried for others: the numerator of the delegated share."""
        return self.sums[Outcome.DELEGATED].weight

    def outcome_of(self, voter: str) -> Outcome:
        """Say what became of a voter's weight.

        :raises KeyError: for a name that is not on the roll.
        """
        return Outcome(self.outcome[self.roll.positions[voter]])

    def representative_of(self, voter: str) -> str | None:
        """Return the name of whoever carries a voter's weight, or None where it is not counted.

        :raises KeyError: for a name that is not on the roll.
        """
        position = self.roll.positions[voter]
        if self.outcome[position] not in {Outcome.CAST, Outcome.DELEGATED}:
            return None
        return self.roll.names[self.chains.representative[position]]

    def chain_of(self, voter: str) -> tuple[str, ...]:
        """Return the names along a voter's chain, their own first; a circle ends with the name it came back to.

        :raises KeyError: for a name that is not on the roll.
        """
        return tuple(self.roll.names[place] for place in self.chains.walk(self.roll.positions[voter]))

    def votes(self) -> Iterator[tuple[str, int]]:
        """Yield the name and the counted weight of everyone who voted, in the order of the roll."""
        for position, outcome in enumerate(self.outcome):
            if outcome == Outcome.CAST:
                yield self.roll.names[position], self.counted[position]

    def returned(self) -> Iterator[tuple[str, int, tuple[str, ...]]]:
        """Yield for each delegate above the cap their name, the weight returned, and its owners' names."""
        names = self.roll.names
        for over in self.overflow:
            yield names[over.delegate], over.returned, tuple(names[owner] for owner in over.owners)

    def to_json(self) -> dict[str, Any]:
        """Return the sums, as a result states them; every outcome is named, also where it is nobody's."""
        return {
            "cap": None if self.cap is None else self.cap.to_json(),
            "roll": {"members": len(self.roll.names), "weight": self.roll.total},
            "counted_weight": self.counted_weight,
            "outcomes": {outcome.word: total.to_json() for outcome, total in self.sums.items()},
            "delegates_over_cap": len(self.overflow),
        }


def resolve(
    roll: Roll,
    delegations: Iterable[Delegation],
    cast: Iterable[str],
    closes_at: dt.datetime,
    cap: DelegationCap | None = None,
) -> Resolution:
    """Resolve the delegations of one ballot.

    :param delegations: all whose scope covers the ballot, ended ones included if they are to be explained.
    :param cast: the names of everyone who voted, whatever they chose.
    :param closes_at: aware, in whole milliseconds.
    :param cap: on what one delegate receives from others, or None.
    :raises ValueError: for a voter who is not on the roll, and as :func:`~app.domain.delegation.selection.select`.
    """
    try:
        voted = [roll.positions[voter] for voter in cast]
    except KeyError as stranger:
        raise ValueError(f"{stranger} voted and is not on the roll") from None
    return weigh_chains(roll, follow(select(roll, delegations, closes_at), voted), closes_at, cap)


def weigh_chains(
    roll: Roll, chains: Chains, closes_at: dt.datetime, cap: DelegationCap | None = None
) -> Resolution:
    """Resolve chains already followed, for instance for the second tally of a double majority.

    Chains do not depend on weight; the cap does, so that each tally of a double majority fills it by itself.

    :param roll: names as the roll the chains were followed on, with the weights of this tally.
    """
    over = () if cap is None else tuple(overflows(chains, roll.weights, cap.limit(roll.total)))
    outcome = chains.outcome[:]
    for each in over:
        for owner in each.owners:
            outcome[owner] = Outcome.OVER_CAP
    counted = array("q", bytes(8 * len(roll.names)))
    members = [0] * (max(Outcome) + 1)
    weights = [0] * (max(Outcome) + 1)
    representative = chains.representative
    cast, delegated = int(Outcome.CAST), int(Outcome.DELEGATED)
    for position, (what, weight) in enumerate(zip(outcome, roll.weights, strict=True)):
        members[what] += 1
        weights[what] += weight
        if what in (cast, delegated):
            counted[representative[position]] += weight
    sums = {each: Sum(members[each], weights[each]) for each in Outcome}
    return Resolution(roll, closes_at, cap, chains, outcome, counted, over, sums)
