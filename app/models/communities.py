"""Communities, memberships and their roles, and invitations."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base
from app.models.ids import resource_id


class Community(Base):
    """The tenant: one brand's community. Nothing crosses from one to another."""

    __tablename__ = "communities"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=resource_id)
    slug: Mapped[str] = mapped_column(sa.String(63), unique=True)
    name: Mapped[str] = mapped_column(sa.String(200))
    description: Mapped[str] = mapped_column(sa.Text, default="")
    open_joining: Mapped[bool] = mapped_column(default=False)
    allowed_origins: Mapped[list[Any]] = mapped_column(default=list)
    public_log: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[dt.datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - read once by SQLAlchemy


class Membership(Base):
    """A person's membership in one community.

    ``reference`` is the random name by which logs and audit entries know the member; it reveals no account.
    """

    __tablename__ = "memberships"
    __table_args__ = (
        sa.UniqueConstraint("community_id", "account_id"),
        sa.UniqueConstraint("community_id", "reference"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=resource_id)
    community_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("communities.id"))
    #: None once the person was erased: nothing leads from here to them any more.
    account_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("accounts.id"), index=True)
    reference: Mapped[str] = mapped_column(sa.String(36))
    display_name: Mapped[str] = mapped_column(sa.String(200))
    joined_at: Mapped[dt.datetime]
    left_at: Mapped[dt.datetime | None]
    erased_at: Mapped[dt.datetime | None]
    #: When it was confirmed that the account is one person's and their only one, and which member did so.
    verified_at: Mapped[dt.datetime | None]
    verified_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("memberships.id"))
    version: Mapped[int] = mapped_column(default=1)

    roles: Mapped[list[MembershipRole]] = relationship(
        lazy="raise", cascade="all, delete-orphan", order_by="MembershipRole.role"
    )
    if TYPE_CHECKING:
        #: The newest charter version they accepted, and whether a newer one is in force: computed by the
        #: database, as app.models.charters says.
        accepted_charter_version: int | None
        charter_acceptance_due: bool

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - read once by SQLAlchemy


class MembershipRole(Base):
    """One role of one membership."""

    __tablename__ = "membership_roles"

    membership_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("memberships.id"), primary_key=True)
    role: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    granted_at: Mapped[dt.datetime]


class Invitation(Base):
    """A way in that a steward or brand owner hands out. Only the digest of its code is kept."""

    __tablename__ = "invitations"
    __table_args__ = (sa.CheckConstraint("uses <= max_uses", name="uses_within_limit"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=resource_id)
    community_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("communities.id"), index=True)
    code_hash: Mapped[bytes] = mapped_column(sa.LargeBinary(32), unique=True)
    role: Mapped[str] = mapped_column(sa.String(20))
    max_uses: Mapped[int]
    uses: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime]
    revoked_at: Mapped[dt.datetime | None]
