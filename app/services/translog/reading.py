"""Reading entries by their place in the log, with filters by what they say."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.units import WorkDue
from app.models.audit import AuditEntry
from app.models.translog import LogEntry
from app.services.translog.sequencing import has_waiting


class EntriesDue(WorkDue):
    """Entries of a log were committed and have no place yet: they get one before the log is read."""

    def __init__(self, log_id: uuid.UUID) -> None:
        super().__init__(str(log_id))
        self.log_id = log_id


@dataclass(frozen=True, slots=True)
class EntryFilter:
    """Which entries; None is no condition.

    :param action: as the entry names it.
    :param object_type: of what was acted on.
    :param object_id: likewise.
    :param actor: the reference of who acted.
    :param since: earliest instant, by the database's clock.
    :param until: instant before which entries were made.
    """

    action: str | None = None
    object_type: str | None = None
    object_id: str | None = None
    actor: str | None = None
    since: dt.datetime | None = None
    until: dt.datetime | None = None

    def conditions(self) -> list[sa.ColumnElement[bool]]:
        """Return the conditions."""
        equal = {
            LogEntry.action: self.action,
            LogEntry.object_type: self.object_type,
            LogEntry.object_id: self.object_id,
            LogEntry.actor: self.actor,
        }
        found: list[sa.ColumnElement[bool]] = [
            column == wanted for column, wanted in equal.items() if wanted is not None
        ]
        if self.since is not None:
            found.append(LogEntry.at >= self.since)
        if self.until is not None:
            found.append(LogEntry.at < self.until)
        return found


def event_of(session: Session, log_id: uuid.UUID, leaf: bytes) -> uuid.UUID:
    """Return the id of the entry with a leaf hash, wherever it is: in the log, or still in the outbox.

    :raises sqlalchemy.exc.NoResultFound: for a leaf hash that no entry has.
    """
    here = sa.select(LogEntry.event_id).where(LogEntry.log_id == log_id, LogEntry.leaf_hash == leaf)
    there = sa.select(AuditEntry.event_id).where(AuditEntry.log_id == log_id, AuditEntry.leaf_hash == leaf)
    return session.scalars(sa.union_all(here, there).limit(1)).one()


def entries(
    session: Session, log_id: uuid.UUID, only: EntryFilter, *, caught_up: bool
) -> sa.Select[LogEntry]:
    """Select a log's entries; the caller pages by ``leaf_index``.

    :param caught_up: the log was caught up for this very request.
    :raises EntriesDue: where it has to be first, so that a reader sees whatever was committed before they asked.
    """
    if not caught_up and has_waiting(session, log_id):
        raise EntriesDue(log_id)
    return sa.select(LogEntry).where(LogEntry.log_id == log_id, *only.conditions())
