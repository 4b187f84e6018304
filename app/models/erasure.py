"""Whose data was erased: what a restored backup is brought up to date by."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base
from app.models.ids import random_id


class Erasure(Base):
    """That an account or a membership was erased. ``subject_id`` is its id, which says nothing of the person.

    ``listed_at`` is when it was written to the list beside the database, which no backup of it brings back.
    """

    __tablename__ = "erasures"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=random_id)
    kind: Mapped[str] = mapped_column(sa.String(12))
    subject_id: Mapped[uuid.UUID] = mapped_column(index=True)
    ground: Mapped[str] = mapped_column(sa.String(16))
    erased_at: Mapped[dt.datetime]
    listed_at: Mapped[dt.datetime | None] = mapped_column(index=True)
