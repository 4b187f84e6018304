"""What a database holds, read past the application: its audit entries, and everything else."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.db.units import Units
from app.models.base import Base

#: What a refused request may leave behind: nothing but the count of a wrong password.
_COUNTERS = {"sign_in_attempts"}


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
    """Return every audit entry of every log in the order in which they were written."""
    statement = sa.text(
        "SELECT o.log_id, o.event_id, o.body, o.leaf_hash, c.content, c.salt FROM audit_outbox o "
        "LEFT JOIN audit_contents c ON c.event_id = o.event_id ORDER BY o.id"
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
