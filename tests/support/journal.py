"""What a database holds, read past the application: its audit entries, and everything else."""

from __future__ import annotations

import json
import sqlite3
import uuid
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.db.units import Units
from app.models.base import Base

#: What a refused request may leave behind: nothing but the count of a wrong password.
_COUNTERS = {"sign_in_attempts"}

#: Large, and the database refuses any change but a row more: their number tells as much as their rows.
_GROWING = {"audit_contents", "audit_log", "audit_outbox", "charter_versions"}

_watching: dict[str, sqlite3.Connection] = {}


@dataclass(frozen=True)
class Entry:
    """An audit entry as stored, with what its commitment opens to, if anything."""

    log: str
    event: str
    body: bytes
    leaf_hash: bytes
    content: dict[str, Any] | None
    salt: bytes | None

    @property
    def said(self) -> dict[str, Any]:
        """Return the body, parsed."""
        return json.loads(self.body)


def entries(units: Units) -> list[Entry]:
    """Return every audit entry of every log in the order in which they were written.

    Those that have a place come first, each log's in the log's order.
    """
    statement = sa.text(
        "SELECT e.log_id, e.event_id, e.body, e.leaf_hash, c.content, c.salt FROM ("
        "SELECT 0 AS waits, at, leaf_index AS place, log_id, event_id, body, leaf_hash FROM audit_log UNION ALL "
        "SELECT 1, NULL, id, log_id, event_id, body, leaf_hash FROM audit_outbox) e "
        "LEFT JOIN audit_contents c ON c.event_id = e.event_id ORDER BY e.waits, e.at, e.place"
    )
    with units.read() as session:
        return [
            Entry(
                str(uuid.UUID(str(row.log_id))),
                str(uuid.UUID(str(row.event_id))),
                bytes(row.body),
                bytes(row.leaf_hash),
                json.loads(row.content) if isinstance(row.content, str) else row.content,
                None if row.salt is None else bytes(row.salt),
            )
            for row in session.execute(statement)
        ]


def everything(units: Units) -> dict[str, list[str]]:
    """Return every row of every table but the counters of wrong passwords, in a comparable form."""
    with units.read() as session:
        return {
            table.name: sorted(map(repr, session.execute(sa.select(table))))
            for table in Base.metadata.sorted_tables
            if table.name not in _COUNTERS
        }


def trace(units: Units) -> object:
    """Return what differs once anything was committed, counters too: as quick as can be.

    SQLite tells a connection whether others have changed the file; PostgreSQL's rows are looked through.
    """
    if units.engine.dialect.name != "sqlite":
        return mark(units)
    file = str(units.engine.url.database)
    if file not in _watching:
        _watching.clear()
        _watching[file] = sqlite3.connect(file, check_same_thread=False)
    return _watching[file].execute("PRAGMA data_version").fetchone()


def mark(units: Units) -> dict[str, object]:
    """Return what differs when any table but the counters does: like `everything`, much faster, and unreadable."""
    tables = [table.name for table in Base.metadata.sorted_tables if table.name not in _COUNTERS]
    with units.read() as session:
        connection = session.connection()
        if connection.dialect.name == "postgresql":
            # Every version of a row bears the number of the transaction that wrote it.
            digest = "SELECT '{0}', count(*), sum(xmin::text::bigint), max(xmin::text::bigint) FROM {0}"
            statement = " UNION ALL ".join(map(digest.format, tables))
            return {name: tuple(rest) for name, *rest in connection.exec_driver_sql(statement)}
        cursor = connection.connection.cursor()
        return {
            name: hash(tuple(cursor.execute(f"SELECT {'count(*)' if name in _GROWING else '*'} FROM {name}")))
            for name in tables
        }
