"""Whether the database is ready to serve: reachable, migrated to this release, and durable."""

from __future__ import annotations

import functools

import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.orm import Session

from app.db.migrations import configuration

_FULL = 2


class NotReadyError(Exception):
    """Why the database is not ready, in words for an operator."""


def require_ready(session: Session) -> None:
    """Check revision and durability.

    :raises NotReadyError: with what is missing.
    :raises sqlalchemy.exc.SQLAlchemyError: when the database does not answer.
    """
    connection = session.connection()
    revision = MigrationContext.configure(connection).get_current_revision()
    if revision != head_revision():
        raise NotReadyError(f"the database is at revision {revision}, this release needs {head_revision()}")
    if connection.dialect.name == "sqlite":
        if connection.execute(sa.text("PRAGMA synchronous")).scalar_one() < _FULL:
            raise NotReadyError("SQLite's synchronous is below FULL")
        return
    for name in ("fsync", "synchronous_commit", "full_page_writes"):
        if connection.execute(sa.text(f"SHOW {name}")).scalar_one() == "off":
            raise NotReadyError(f"PostgreSQL's {name} is off")


@functools.cache
def head_revision() -> str:
    """Return the newest revision this release ships."""
    head = ScriptDirectory.from_config(configuration()).get_current_head()
    assert head is not None  # noqa: S101 - the repository ships at least one revision
    return head
