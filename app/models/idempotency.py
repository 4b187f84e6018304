"""Answers kept for the retry of a request that carried an Idempotency-Key."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, JSONDocument


class IdempotencyRecord(Base):
    """One executed request and its answer, written in the transaction of its effect.

    ``id`` is the SHA-256 of community, actor, method, path and key: the row another request with the same key
    meets. Community and actor stand apart from it so that leaving and erasure can delete the bodies, which
    hold personal data; they are sealed (see app/http/idempotency.py). Status, headers and body are null only
    until the writing transaction commits.
    """

    __tablename__ = "idempotency_records"

    id: Mapped[bytes] = mapped_column(sa.LargeBinary(32), primary_key=True)
    community_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    actor: Mapped[str] = mapped_column(sa.String(255), index=True)
    request_sha256: Mapped[bytes] = mapped_column(sa.LargeBinary(32))
    status: Mapped[int | None] = mapped_column(sa.SmallInteger)
    headers: Mapped[list[list[str]] | None] = mapped_column(JSONDocument)
    body: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    expires_at: Mapped[dt.datetime] = mapped_column(index=True)
