"""Versions of a community's charter, and who accepted which."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, column_property, mapped_column

from app.models.base import Base
from app.models.communities import Membership
from app.models.ids import resource_id


class CharterVersion(Base):
    """One version of a charter; the greatest number is in force. Rows are never changed.

    ``body`` is the charter as canonical JSON, stored once and never serialised again; ``digest`` its SHA-256.
    ``proposal_id`` names the amendment that made it, None for the founding version.
    """

    __tablename__ = "charter_versions"
    __table_args__ = (sa.UniqueConstraint("community_id", "number"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=resource_id)
    community_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("communities.id"))
    number: Mapped[int] = mapped_column(sa.Integer)
    body: Mapped[str] = mapped_column(sa.Text)
    digest: Mapped[str] = mapped_column(sa.String(64))
    proposal_id: Mapped[uuid.UUID | None] = mapped_column(unique=True)
    in_force_from: Mapped[dt.datetime]


class CharterAcceptance(Base):
    """That a member accepted a version of the charter, once and for good."""

    __tablename__ = "charter_acceptances"

    membership_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("memberships.id"), primary_key=True)
    number: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    accepted_at: Mapped[dt.datetime]


_accepted = (
    sa.select(sa.func.max(CharterAcceptance.number))
    .where(CharterAcceptance.membership_id == Membership.id)
    .correlate_except(CharterAcceptance)
    .scalar_subquery()
)
_in_force = (
    sa.select(sa.func.max(CharterVersion.number))
    .where(CharterVersion.community_id == Membership.community_id)
    .correlate_except(CharterVersion)
    .scalar_subquery()
)
Membership.accepted_charter_version = column_property(_accepted)  # type: ignore[assignment]
Membership.charter_acceptance_due = column_property(sa.func.coalesce(_accepted, 0) < _in_force)  # type: ignore[assignment]
