"""How a cast holds the ballot it is for: casts side by side, but for those that may extend it."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.clock import database_now
from app.domain.errors import refuse
from app.domain.instants import to_milliseconds
from app.models.ballots import Ballot
from app.services.ballots import extension

#: How long before a cast may extend its ballot the casts begin to queue: a lock is rarely waited for longer.
_AHEAD = dt.timedelta(minutes=1)


def locked_for_casting(session: Session, selected: sa.Select[Ballot]) -> tuple[Ballot, dt.datetime]:
    """Return the ballot, locked as its cast needs it, and the clock as it was read after that.

    A share lock: casts do not wait for each other, the closer (FOR UPDATE) waits for them all. Only where a cast
    may extend the ballot do casts queue.

    :param selected: the ballot, if whoever casts may see it.
    :raises Refusal: ``not-found``.
    """
    ballot = session.scalar(selected)
    alone = ballot is not None and extension.can_extend(ballot, database_now(session) + _AHEAD)
    while True:
        ballot = session.scalar(
            selected.with_for_update(read=not alone, of=Ballot).execution_options(populate_existing=True)
        )
        if ballot is None:
            raise refuse("not-found")
        # Read after the lock: a wait may have crossed the deadline.
        now = to_milliseconds(database_now(session))
        if alone or not extension.can_extend(ballot, now):
            return ballot, now
        alone = True


def quorum_is_missing(session: Session, ballot: Ballot, now: dt.datetime) -> bool:
    """Say whether a first vote cast now is to be watched: with it the quorum may be reached, late."""
    if not extension.can_extend(ballot, now):
        return False
    if extension.quorum_is_reached(session, ballot):
        extension.remember_reached(ballot)
        return False
    return True
