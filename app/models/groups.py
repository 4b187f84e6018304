"""Groups inside a community, and where members stand in them."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base
from app.models.ids import resource_id


class Group(Base):
    """A lab, a chapter or a circle. It is archived, never deleted: what it decided stays."""

    __tablename__ = "groups"
    __table_args__ = (sa.Index("ix_groups_community_id_id", "community_id", "id"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=resource_id)
    community_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("communities.id"))
    kind: Mapped[str] = mapped_column(sa.String(12))
    name: Mapped[str] = mapped_column(sa.String(200))
    description: Mapped[str] = mapped_column(sa.Text)
    joining: Mapped[str] = mapped_column(sa.String(12))
    created_by: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("memberships.id"))
    created_at: Mapped[dt.datetime]
    archived_at: Mapped[dt.datetime | None]
    archived_because: Mapped[str | None] = mapped_column(sa.Text)
    version: Mapped[int] = mapped_column(sa.Integer, default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - read once by SQLAlchemy


class GroupMember(Base):
    """Where a member of the community stands in a group. Whoever leaves, declines or is turned away has no row."""

    __tablename__ = "group_members"
    __table_args__ = (
        sa.CheckConstraint("NOT steward OR standing = 'member'", name="stewards_are_members"),
        sa.Index("ix_group_members_membership_id_group_id", "membership_id", "group_id"),
    )

    group_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("groups.id"), primary_key=True)
    membership_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("memberships.id"), primary_key=True)
    #: Of app.domain.groups.GroupStanding.
    standing: Mapped[str] = mapped_column(sa.String(12))
    steward: Mapped[bool] = mapped_column(default=False)
    since: Mapped[dt.datetime]
