"""The instants at which delegations are given and revoked, and why no count can miss one.

What counts is what held before a ballot's close. A delegation given just before might be stored just after, when
the count has begun. So whoever dates such a fact holds the community's dating lock, shared, from before the clock
is read until the fact is stored; and a count, once the close has passed, waits for the lock to be free of them. All
facts dated before the close are stored by then, and whoever takes the lock later reads a later clock.

It is no row's lock, because ballots are counted with their own row locked, and rows are locked in another order.
SQLite's one write lock does the same without further words.
"""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.clock import database_now
from app.domain.instants import to_milliseconds

_KEY = "hashtextextended('althing.delegations ' || :community, 0)"


def dated_now(session: Session, community_id: uuid.UUID) -> dt.datetime:
    """Return the instant, in whole milliseconds, of a delegation that this transaction gives or revokes.

    No ballot of the community that closes later is counted before the transaction has ended.
    """
    if session.get_bind().dialect.name == "postgresql":
        statement = sa.text(f"SELECT pg_advisory_xact_lock_shared({_KEY})")
        session.execute(statement, {"community": str(community_id)})
    return to_milliseconds(database_now(session))


def wait_for_earlier(session: Session, community_id: uuid.UUID) -> None:
    """Wait until every delegation and revocation dated before this moment is stored, or has failed to be.

    Nobody has to wait for this transaction in turn: the lock is given back at once.
    """
    if session.get_bind().dialect.name == "postgresql":
        with session.connection().begin_nested() as savepoint:
            statement = sa.text(f"SELECT pg_advisory_xact_lock({_KEY})")
            session.connection().execute(statement, {"community": str(community_id)})
            savepoint.rollback()  # which releases what was locked since the savepoint
