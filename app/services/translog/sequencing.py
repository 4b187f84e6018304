"""Giving entries their place in the log: batch by batch from the outbox into the tree, by one at a time.

Whoever writes an entry waits for nobody: it is committed to the outbox with the change it reports. Ids there are
given before the commit, so a smaller one may appear after a larger; since what has been sequenced leaves the outbox,
a late one is simply in the next batch.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.units import Units
from app.domain.instants import read_instant
from app.domain.translog.edge import Edge
from app.domain.translog.hashing import leaf_hash
from app.domain.translog.tiles import Tile
from app.models.audit import INSTALLATION_LOG, AuditEntry
from app.models.translog import LogEntry, LogTile, LogTree

#: Entries of one transaction: bounds its memory and how long SQLite's only write lock is held.
BATCH = 2_000


class DamagedEntry(Exception):
    """An entry whose bytes are not those that were committed: its log cannot go on before a person has looked."""


def sequence(units: Units, log_id: uuid.UUID, *, wait: bool = False) -> int:
    """Move one batch of a log from the outbox into the tree, in a transaction of its own.

    :param wait: for another who is at it; else 0 is returned then.
    :return: how many entries were moved; 0 where there are none.
    :raises DamagedEntry: for an entry whose leaf hash is not of its body.
    :raises sqlalchemy.exc.SQLAlchemyError: where the database, or the lock waited for, is not to be had.
    """
    with units.write() as session:
        if not lock_log(session, log_id, wait=wait):
            return 0
        waiting = session.execute(
            sa.select(AuditEntry.id, AuditEntry.event_id, AuditEntry.body, AuditEntry.leaf_hash)
            .where(AuditEntry.log_id == log_id)
            .order_by(AuditEntry.id)
            .limit(BATCH)
        ).all()
        if waiting:
            _append(session, log_id, waiting)
        return len(waiting)


def waiting_logs(session: Session) -> set[uuid.UUID]:
    """Return logs with entries in the outbox, and those whose newest entries no checkpoint covers yet.

    Where more entries wait than fit into a batch, those that wait longest are looked at.
    """
    oldest = sa.select(AuditEntry.log_id).order_by(AuditEntry.id).limit(BATCH).subquery()
    found = set(session.scalars(sa.select(oldest.c.log_id).distinct()))
    uncovered = sa.select(LogTree.log_id).where(
        LogTree.published_size < LogTree.size, LogTree.log_id != INSTALLATION_LOG
    )
    return found | set(session.scalars(uncovered))


def has_waiting(session: Session, log_id: uuid.UUID) -> bool:
    """Say whether a log has entries without a place."""
    return bool(session.scalar(sa.select(sa.exists().where(AuditEntry.log_id == log_id))))


def lock_log(session: Session, log_id: uuid.UUID, *, wait: bool = False) -> bool:
    """Be the only one who changes a log's tree until the transaction ends.

    :param wait: as long as any lock is waited for; else False is returned where another has it.
    """
    if session.get_bind().dialect.name != "postgresql":
        return True  # the transaction holds the only write lock already
    digest = hashlib.sha256(b"althing-log\n" + log_id.bytes).digest()
    key = {"key": int.from_bytes(digest[:8], "big", signed=True)}
    if wait:
        session.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), key)
        return True
    return bool(session.scalar(sa.text("SELECT pg_try_advisory_xact_lock(:key)"), key))


def edge_of(tree: LogTree) -> Edge:
    """Return the right edge of a stored tree."""
    return Edge.unpack(tree.size, tree.edge)


def _append(session: Session, log_id: uuid.UUID, waiting: Sequence[Any]) -> None:
    tree = session.get(LogTree, log_id)
    if tree is None:
        tree = LogTree(log_id=log_id, size=0, edge=b"", published_size=0)
        session.add(tree)
    edge = edge_of(tree)
    entries: list[dict[str, Any]] = []
    full: list[tuple[Tile, bytes]] = []
    for _, event_id, body, leaf in waiting:
        if leaf_hash(body) != leaf:
            raise DamagedEntry(f"entry {event_id} of log {log_id} has not the leaf hash of its body")
        entries.append(_row(log_id, edge.size, event_id, body, leaf))
        full += edge.push(leaf)
    session.execute(sa.insert(LogEntry), entries)
    if full:
        session.execute(
            sa.insert(LogTile),
            [
                {"log_id": log_id, "level": tile.level, "tile_index": tile.index, "data": data}
                for tile, data in full
            ],
        )
    session.execute(
        sa.delete(AuditEntry).where(AuditEntry.id.in_([row.id for row in waiting])),
        execution_options={"synchronize_session": False},
    )
    tree.size, tree.edge = edge.size, edge.pack()


def _row(log_id: uuid.UUID, index: int, event_id: uuid.UUID, body: bytes, leaf: bytes) -> dict[str, Any]:
    said = json.loads(body)
    return {
        "log_id": log_id,
        "leaf_index": index,
        "event_id": event_id,
        "leaf_hash": leaf,
        "body": body,
        "action": said["action"],
        "object_type": said["object"]["type"],
        "object_id": said["object"]["id"],
        "actor": said["actor"],
        "at": read_instant(said["at"]),
    }
