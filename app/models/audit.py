"""The audit outbox, where entries wait for their place in the log, and the erasable contents they commit to."""

from __future__ import annotations

import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, BigIdentity

#: The log of what happens outside any community: accounts, sessions, keys, foundings.
INSTALLATION_LOG = uuid.UUID(int=0)


class AuditEntry(Base):
    """One entry that has no place in the log yet, written in the transaction of the change it reports.

    ``body`` is the canonical JSON, stored once and never serialised again; ``leaf_hash`` is
    SHA-256(0x00 || body), the entry's leaf in the Merkle tree (RFC 6962). The database refuses to alter it, and to
    delete it unless :class:`app.models.translog.LogEntry` holds the same.
    """

    __tablename__ = "audit_outbox"
    __table_args__ = (sa.Index("ix_audit_outbox_log_id_id", "log_id", "id"),)

    id: Mapped[int] = mapped_column(BigIdentity, primary_key=True, autoincrement=True)
    log_id: Mapped[uuid.UUID]
    event_id: Mapped[uuid.UUID] = mapped_column(unique=True)
    body: Mapped[bytes] = mapped_column(sa.LargeBinary)
    leaf_hash: Mapped[bytes] = mapped_column(sa.LargeBinary(32))


class AuditContent(Base):
    """What an entry commits to, beside the log so that it can be erased.

    The entry holds HMAC-SHA256(salt, canonical JSON of ``content``). Erasing this row leaves the log verifiable
    and the commitment untestable. No foreign key: the entry is in the outbox first and in the log for ever after.
    """

    __tablename__ = "audit_contents"

    event_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    salt: Mapped[bytes] = mapped_column(sa.LargeBinary(32))
    content: Mapped[dict[str, Any]]
