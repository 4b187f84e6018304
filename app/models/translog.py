"""The transparency log: entries in their places, the tree over them, its full tiles, and the keys that sign it."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class LogEntry(Base):
    """An entry with its place in its log; the sequencer moves it here from the outbox, and nothing changes it.

    The columns after ``body`` say again what the body says, so that entries can be found by it.
    """

    __tablename__ = "audit_log"
    __table_args__ = (
        sa.Index("ix_audit_log_log_id_leaf_hash", "log_id", "leaf_hash"),
        sa.Index("ix_audit_log_log_id_action_leaf_index", "log_id", "action", "leaf_index"),
        sa.Index("ix_audit_log_log_id_object_id_leaf_index", "log_id", "object_id", "leaf_index"),
        sa.Index("ix_audit_log_log_id_actor_leaf_index", "log_id", "actor", "leaf_index"),
        sa.Index("ix_audit_log_log_id_at", "log_id", "at"),
    )

    log_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    leaf_index: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    event_id: Mapped[uuid.UUID] = mapped_column(unique=True)
    leaf_hash: Mapped[bytes] = mapped_column(sa.LargeBinary(32))
    body: Mapped[bytes] = mapped_column(sa.LargeBinary)
    action: Mapped[str] = mapped_column(sa.String(64))
    object_type: Mapped[str] = mapped_column(sa.String(64))
    object_id: Mapped[str] = mapped_column(sa.String(200))
    actor: Mapped[str | None] = mapped_column(sa.String(36))
    at: Mapped[dt.datetime]


class LogTree(Base):
    """The tree over a log's entries.

    ``edge`` holds the hashes of the tiles that are not full, packed as :meth:`app.domain.translog.edge.Edge.pack`
    writes them: with ``size``, all that the tree needs to grow. ``checkpoint`` is the newest that was published,
    of ``published_size`` leaves; none until the first. Whatever lies beyond it is shown to nobody as a tile.
    """

    __tablename__ = "log_trees"
    __table_args__ = (sa.CheckConstraint("published_size BETWEEN 0 AND size", name="published_is_part"),)

    log_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    size: Mapped[int] = mapped_column(default=0)
    edge: Mapped[bytes] = mapped_column(sa.LargeBinary, default=b"")
    published_size: Mapped[int] = mapped_column(default=0)
    checkpoint: Mapped[bytes | None] = mapped_column(sa.LargeBinary)


class LogTile(Base):
    """A full tile: 256 hashes. It is written once and never changes; tiles that are not full are the tree's edge."""

    __tablename__ = "log_tiles"

    log_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    level: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    tile_index: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    data: Mapped[bytes] = mapped_column(sa.LargeBinary(8192))


class LogKey(Base):
    """An Ed25519 key pair of a log, under the origin that is the name of the log and of the key.

    It signs from ``created_at`` until the next number does; ``last_size`` is the largest size it signed, known once
    it is ``retired_at``. The private part is sealed, and erased when the key retires.
    """

    __tablename__ = "log_keys"

    log_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    origin: Mapped[str] = mapped_column(sa.String(300))
    public_key: Mapped[bytes] = mapped_column(sa.LargeBinary(32))
    private_sealed: Mapped[bytes | None] = mapped_column(sa.LargeBinary(128))
    created_at: Mapped[dt.datetime]
    retired_at: Mapped[dt.datetime | None]
    last_size: Mapped[int | None]
    #: The signed note by which it vouches for the next; None while it signs, and where it was lost.
    succession: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
