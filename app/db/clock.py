"""The database's clock: the only clock by which voting windows and due dates are judged."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.functions import FunctionElement

from app.db.types import UTCDateTime


class database_clock(FunctionElement[dt.datetime]):  # noqa: N801 - written in statements like any SQL function
    """The instant at which the database evaluates it, not the start of its transaction."""

    type = UTCDateTime()
    inherit_cache = True


@compiles(database_clock, "postgresql")
def _postgresql(_element: database_clock, _compiler: object, **_kw: object) -> str:
    return "clock_timestamp()"


@compiles(database_clock, "sqlite")
def _sqlite(_element: database_clock, _compiler: object, **_kw: object) -> str:
    # The form in which SQLAlchemy stores DateTime on SQLite, so that values compare as text.
    return "(strftime('%Y-%m-%d %H:%M:%f', 'now') || '000')"


def database_now(session: Session) -> dt.datetime:
    """Read the database's clock.

    :return: an aware UTC datetime, to the millisecond on SQLite and the microsecond on PostgreSQL.
    """
    now = session.execute(sa.select(database_clock())).scalar_one()
    assert isinstance(now, dt.datetime)  # noqa: S101 - the type engine promises no more than Any
    return now
