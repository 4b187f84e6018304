"""Statements over a whole community get more time, in their own transaction alone."""

from __future__ import annotations

import sqlalchemy as sa

from app.db.engine import STATEMENT_TIMEOUT_MS
from app.db.patience import allow_long_statements


def limit(session):
    return session.scalar(sa.text("SELECT setting FROM pg_settings WHERE name = 'statement_timeout'"))


def test_more_time_is_given_until_the_transaction_ends(units):
    with units.write() as session:
        allow_long_statements(session)
        if units.engine.dialect.name == "sqlite":
            return
        assert limit(session) == "600000"
    with units.write() as session:
        assert limit(session) == str(STATEMENT_TIMEOUT_MS)
