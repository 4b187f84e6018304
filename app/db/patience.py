"""Statements over a whole community, which may take longer than any other may."""

from __future__ import annotations

from sqlalchemy.orm import Session

#: A million rows are weighed, joined, written or added up in one statement each, on a busy machine too.
STATEMENT_TIMEOUT = "10min"


def allow_long_statements(session: Session) -> None:
    """Let the statements of this transaction take long, for whoever opens, counts or imports all at once.

    SQLite has no limit.
    """
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SET LOCAL statement_timeout = '{STATEMENT_TIMEOUT}'")
