"""Which of a member's delegations holds: one each, the most specific in force at the close."""

from __future__ import annotations

import datetime as dt
from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from app.domain.delegation.facts import BREADTH, Delegation, Roll

# In place of a position:
NOT_DELEGATED: Final = -1
OPTED_OUT: Final = -2
OFF_ROLL: Final = -3

_NO_SCOPE: Final = 255
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MILLISECOND = dt.timedelta(milliseconds=1)


@dataclass(slots=True)
class Selection:
    """The delegation of each roll entry that holds, by position.

    :param delegate: the delegate's position, or ``NOT_DELEGATED``, ``OPTED_OUT`` or ``OFF_ROLL``.
    :param breadth: the place of its scope in :data:`app.domain.delegation.facts.SCOPES`.
    :param given_at: milliseconds since 1970, what published instants show, so that anyone can sort by it.
    :param reference: its public name.
    :param ended: for entries that had a delegation which no longer holds: when the last of them ended, and
        whether by being revoked (else it expired).
    """

    delegate: array[int]
    breadth: bytearray
    given_at: array[int]
    reference: list[str]
    ended: dict[int, tuple[dt.datetime, bool]] = field(default_factory=dict)

    def given(self, position: int) -> dt.datetime:
        """Return when the delegation of this entry was given, cut to milliseconds."""
        return _EPOCH + self.given_at[position] * _MILLISECOND


def select(roll: Roll, delegations: Iterable[Delegation], closes_at: dt.datetime) -> Selection:
    """Choose for everyone the most specific delegation in force as the ballot closes.

    A delegation that expired or was revoked is gone, and a wider one that is in force holds again: whoever
    wants none says so by an opt-out. Of two in the same scope, which the database does not allow, the later
    holds, and of two of the same millisecond the one with the greater reference.

    :param delegations: in any order; read once, and only what is chosen is kept.
    :raises ValueError: for a scope that does not exist.
    """
    size = len(roll.names)
    selection = Selection(
        array("i", [NOT_DELEGATED]) * size, bytearray([_NO_SCOPE]) * size, array("q", [0]) * size, [""] * size
    )
    positions = roll.positions
    for delegation in delegations:
        position = positions.get(delegation.delegator)
        if position is None:
            continue
        if not delegation.in_force(closes_at):
            _note_end(selection, position, delegation, closes_at)
            continue
        breadth = BREADTH.get(delegation.scope)
        if breadth is None:
            raise ValueError(f'there is no scope "{delegation.scope}"')
        given_at = (delegation.given_at - _EPOCH) // _MILLISECOND
        if breadth > selection.breadth[position] or (
            breadth == selection.breadth[position]
            and (given_at, delegation.reference)
            <= (selection.given_at[position], selection.reference[position])
        ):
            continue
        target = delegation.delegate
        selection.delegate[position] = OPTED_OUT if target is None else positions.get(target, OFF_ROLL)
        selection.breadth[position] = breadth
        selection.given_at[position] = given_at
        selection.reference[position] = delegation.reference
    return selection


def _note_end(selection: Selection, position: int, delegation: Delegation, closes_at: dt.datetime) -> None:
    if delegation.given_at >= closes_at:
        return
    ends = [
        (moment, revoked)
        for moment, revoked in ((delegation.expires_at, False), (delegation.revoked_at, True))
        if moment is not None and moment < closes_at
    ]
    # Whichever came first ended it; at the same moment, the member's own act is what is told.
    end = min(ends, key=lambda one: (one[0], not one[1]))
    known = selection.ended.get(position)
    selection.ended[position] = end if known is None else max(known, end)
