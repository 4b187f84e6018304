"""Where chains of delegations lead, without recursion and each link once."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from app.domain.delegation.selection import OFF_ROLL, OPTED_OUT, Selection


class Outcome(IntEnum):
    """What became of a roll entry's weight. The first two are counted, the others are not.

    ``cast``: the member voted. ``delegated``: whoever stands at the end of the chain did. ``no_vote``: neither
    voted nor delegated. ``opted_out``: did not vote and let nobody do it. ``expired``, ``revoked``: did not
    vote, and the delegation did not last until the close. ``nobody_voted``: someone along the chain neither
    voted nor delegated further. ``cycle``: the chain leads round in a circle in which nobody voted; a
    delegation to oneself is the smallest. ``off_roll``: it leads to someone without a vote in this ballot.
    ``over_cap``: the delegate voted and may carry no more; the weight went back to its owner, who did not vote.
    """

    CAST = 1
    DELEGATED = 2
    NO_VOTE = 3
    OPTED_OUT = 4
    EXPIRED = 5
    REVOKED = 6
    NOBODY_VOTED = 7
    CYCLE = 8
    OFF_ROLL = 9
    OVER_CAP = 10

    @property
    def word(self) -> str:
        """Return the outcome as evidence and results write it."""
        return self.name.lower()


NOBODY: Final = -1
"""In place of a representative's position."""

_UNKNOWN: Final = 0
_ON_PATH: Final = 99

# What a chain comes to for everyone behind an entry with the outcome of this number.
_BEHIND = [Outcome.NOBODY_VOTED] * (max(Outcome) + 1)
_BEHIND[Outcome.CAST] = _BEHIND[Outcome.DELEGATED] = Outcome.DELEGATED
_BEHIND[Outcome.CYCLE] = Outcome.CYCLE
_BEHIND[Outcome.OFF_ROLL] = Outcome.OFF_ROLL


@dataclass(slots=True)
class Chains:
    """Where the chain of each roll entry leads, by position, before any cap.

    :param selection: the links.
    :param representative: the position of whoever carries the entry's weight (themselves, if they voted), or
        ``NOBODY``.
    :param outcome: of :class:`Outcome`; never ``over_cap``.
    :param hops: how many delegations lie between the entry and its representative; 0 without one.
    """

    selection: Selection
    representative: array[int]
    outcome: bytearray
    hops: array[int]

    def walk(self, position: int) -> Iterator[int]:
        """Yield the positions along an entry's chain, itself first.

        The last one voted, or is where it ends; a chain that runs in a circle ends with the position it has
        come back to.
        """
        seen = set()
        here = position
        while here >= 0:
            yield here
            if self.outcome[here] == Outcome.CAST or here in seen:
                return
            seen.add(here)
            here = self.selection.delegate[here]


def follow(selection: Selection, cast: Iterable[int]) -> Chains:
    """Follow every chain to whoever votes for its members.

    Whoever voted takes their own weight back, and all that is delegated to them ends with them. There is no
    fallback: where the delegation that holds leads to nobody, a wider one does not step in.

    :param cast: the positions of everyone who voted, in any order; a position may come more than once.
    """
    delegate = selection.delegate
    size = len(delegate)
    representative = array("i", [NOBODY]) * size
    outcome = bytearray(size)
    hops = array("i", [0]) * size
    for position in cast:
        representative[position] = position
        outcome[position] = Outcome.CAST
    for start in range(size):
        if outcome[start] != _UNKNOWN:
            continue
        path = []
        here = start
        while here >= 0 and outcome[here] == _UNKNOWN:
            outcome[here] = _ON_PATH
            path.append(here)
            here = delegate[here]
        if here < 0:
            here = path.pop()
            outcome[here] = _own_outcome(selection, here)
        elif outcome[here] == _ON_PATH:
            outcome[here] = Outcome.CYCLE
        behind = _BEHIND[outcome[here]]
        carried_by, length = representative[here], hops[here]
        for position in reversed(path):
            outcome[position] = behind
            if carried_by != NOBODY:
                length += 1
                representative[position] = carried_by
                hops[position] = length
    return Chains(selection, representative, outcome, hops)


def _own_outcome(selection: Selection, position: int) -> Outcome:
    """Say why an entry at which a chain ends, and which did not vote, is not counted."""
    link = selection.delegate[position]
    if link == OPTED_OUT:
        return Outcome.OPTED_OUT
    if link == OFF_ROLL:
        return Outcome.OFF_ROLL
    if position in selection.ended:
        _, revoked = selection.ended[position]
        return Outcome.REVOKED if revoked else Outcome.EXPIRED
    return Outcome.NO_VOTE
