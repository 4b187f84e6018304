"""The lifecycle tables: which action may be done in which state. Data, read by services, docs and tests."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


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
    CLOSE = "close"
    CERTIFY = "certify"


#: From which states an action is legal. ``close`` ends an open ballot early where its rules allow that;
#: ``certify`` counts a closed one.
BALLOT_LIFECYCLE: Mapping[BallotAction, frozenset[BallotState]] = {
    BallotAction.UPDATE: frozenset({BallotState.DRAFT}),
    BallotAction.DELETE: frozenset({BallotState.DRAFT}),
    BallotAction.OPEN: frozenset({BallotState.DRAFT}),
    BallotAction.CAST: frozenset({BallotState.OPEN}),
    BallotAction.CLOSE: frozenset({BallotState.OPEN, BallotState.CLOSED}),
    BallotAction.CERTIFY: frozenset({BallotState.CLOSED}),
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
