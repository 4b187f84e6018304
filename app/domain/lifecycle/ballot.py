"""A ballot's lifecycle: its states follow from stored instants and the clock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from app.domain.charter.powers import Power
from app.domain.lifecycle.table import Passage, Transition, Who


class BallotState(StrEnum):
    """Where a ballot stands. A function of stored facts and the database's clock, never a stored column."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    OPEN = "open"
    CLOSED = "closed"


class BallotAction(StrEnum):
    """What can be done to a ballot."""

    UPDATE = "update"
    DELETE = "delete"
    OPEN = "open"
    CAST = "cast"
    EXTEND = "extend"
    SUSPEND = "suspend"
    RESUME = "resume"
    CLOSE = "close"
    CERTIFY = "certify"


_T = Transition[BallotState, BallotAction]

BALLOT_TRANSITIONS: tuple[_T, ...] = (
    _T(
        BallotAction.UPDATE,
        sources=frozenset({BallotState.DRAFT}),
        targets=frozenset(),
        by=Who.POWER,
        power=Power.BALLOT_UPDATE,
        records="ballot.updated",
        title="change the draft",
    ),
    _T(
        BallotAction.DELETE,
        sources=frozenset({BallotState.DRAFT}),
        targets=frozenset(),
        by=Who.POWER,
        power=Power.BALLOT_DELETE,
        records="ballot.deleted",
        title="delete the draft",
        removes=True,
    ),
    _T(
        BallotAction.OPEN,
        sources=frozenset({BallotState.DRAFT}),
        targets=frozenset({BallotState.SCHEDULED, BallotState.OPEN}),
        by=Who.POWER,
        power=Power.BALLOT_OPEN,
        records="ballot.opened",
        title="freeze roll, rules and options",
    ),
    _T(
        BallotAction.CAST,
        sources=frozenset({BallotState.OPEN}),
        targets=frozenset(),
        by=Who.POWER,
        power=Power.BALLOT_CAST,
        records="ballot.cast",
        title="vote, with an entry on the roll",
    ),
    _T(
        BallotAction.EXTEND,
        sources=frozenset({BallotState.OPEN}),
        targets=frozenset(),
        by=Who.CLOCK,
        records="ballot.extended",
        title="move the close, once, when a cast reaches the quorum late",
    ),
    _T(
        BallotAction.SUSPEND,
        sources=frozenset({BallotState.OPEN}),
        targets=frozenset(),
        by=Who.POWER,
        power=Power.BALLOT_SUSPEND,
        records="ballot.suspended",
        title="let nobody vote for the charter's period, once, on a listed ground; the close moves by it",
    ),
    _T(
        BallotAction.RESUME,
        sources=frozenset({BallotState.OPEN}),
        targets=frozenset(),
        by=Who.POWER,
        power=Power.BALLOT_SUSPEND,
        records="ballot.resumed",
        title="end a suspension early; the close moves back by what was left of it",
    ),
    _T(
        BallotAction.CLOSE,
        sources=frozenset({BallotState.OPEN, BallotState.CLOSED}),
        targets=frozenset({BallotState.CLOSED}),
        by=Who.POWER,
        power=Power.BALLOT_CLOSE,
        records="ballot.closed",
        title="count it: after the close, or early where its rules allow that",
    ),
    _T(
        BallotAction.CERTIFY,
        sources=frozenset({BallotState.CLOSED}),
        targets=frozenset(),
        by=Who.CLOCK,
        records="ballot.closed",
        title="count it, once, unless that was done",
    ),
)

#: What time alone does to an opened ballot.
BALLOT_CLOCK: tuple[Passage[BallotState], ...] = (
    Passage(BallotState.SCHEDULED, BallotState.OPEN, "opens_at"),
    Passage(BallotState.OPEN, BallotState.CLOSED, "closes_at"),
)

#: From which states an action is legal.
BALLOT_LIFECYCLE: Mapping[BallotAction, frozenset[BallotState]] = {
    row.action: row.sources for row in BALLOT_TRANSITIONS
}


@dataclass(frozen=True, slots=True)
class BallotTimes:
    """The stored facts from which a ballot's state follows; all aware UTC, None while unknown."""

    opened_at: dt.datetime | None
    opens_at: dt.datetime | None
    closes_at: dt.datetime | None


def ballot_state(times: BallotTimes, now: dt.datetime) -> BallotState:
    """Return the state at ``now``: voting runs in the half-open interval [opens_at, closes_at).

    :param now: the database's clock.
    """
    if times.opened_at is None or times.opens_at is None or times.closes_at is None:
        return BallotState.DRAFT
    if now < times.opens_at:
        return BallotState.SCHEDULED
    return BallotState.OPEN if now < times.closes_at else BallotState.CLOSED
