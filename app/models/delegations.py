"""Delegations, what delegates say of themselves, and the evidence kept of each ballot's chains."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base
from app.models.ids import resource_id

#: Columns that name what a delegation is for, by scope; the community needs no naming.
TARGETS = {"ballot": "ballot_id", "group": "group_id", "decision_type": "decision_type"}


class Delegation(Base):
    """A member lets another vote for them in a scope, or with no delegate lets nobody do it.

    Two facts: that it was given and, once, that it was revoked. It may also expire, by the clock alone. Of one
    member only one that was not revoked stands for each ballot, each group, each decision type, and the community.
    """

    __tablename__ = "delegations"
    __table_args__ = (
        sa.CheckConstraint("delegate_id <> delegator_id", name="not_to_oneself"),
        sa.CheckConstraint(
            "scope IN ('ballot', 'group', 'decision_type', 'community') "
            "AND (scope = 'ballot') = (ballot_id IS NOT NULL) "
            "AND (scope = 'group') = (group_id IS NOT NULL) "
            "AND (scope = 'decision_type') = (decision_type IS NOT NULL)",
            name="target_of_scope",
        ),
        sa.CheckConstraint("(revoked_at IS NULL) = (revoked_because IS NULL)", name="revoked_for_a_reason"),
        sa.Index("ix_delegations_community_id_given_at", "community_id", "given_at"),
        sa.Index("ix_delegations_delegator_id_id", "delegator_id", "id"),
        sa.Index("ix_delegations_delegate_id_id", "delegate_id", "id"),
        *(
            sa.Index(
                f"uq_delegations_one_for_{scope}",
                "delegator_id",
                *columns,
                unique=True,
                postgresql_where=sa.text(f"scope = '{scope}' AND revoked_at IS NULL"),
                sqlite_where=sa.text(f"scope = '{scope}' AND revoked_at IS NULL"),
            )
            for scope, columns in (
                ("ballot", ("ballot_id",)),
                ("group", ("group_id",)),
                ("decision_type", ("decision_type",)),
                ("community", ()),
            )
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=resource_id)
    community_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("communities.id"))
    delegator_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("memberships.id"))
    #: None: the explicit opt-out from every wider delegation.
    delegate_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("memberships.id"))
    scope: Mapped[str] = mapped_column(sa.String(16))
    ballot_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("ballots.id"), index=True)
    group_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("groups.id"), index=True)
    decision_type: Mapped[str | None] = mapped_column(sa.String(32))
    given_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime | None]
    # Added once
    revoked_at: Mapped[dt.datetime | None]
    revoked_because: Mapped[str | None] = mapped_column(sa.String(16))


class DelegateStatement(Base):
    """What a member says about carrying others' weight; who has said nothing has no row."""

    __tablename__ = "delegate_statements"
    __table_args__ = (
        sa.Index("ix_delegate_statements_community_id_stance", "community_id", "stance", "membership_id"),
    )

    membership_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("memberships.id"), primary_key=True)
    community_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("communities.id"))
    stance: Mapped[str] = mapped_column(sa.String(12))
    statement: Mapped[str] = mapped_column(sa.Text)
    #: Ids of the decision types in which they offer to vote for others; none: in all.
    decision_types: Mapped[list[Any]]
    stated_at: Mapped[dt.datetime]
    version: Mapped[int] = mapped_column(sa.Integer, default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - read once by SQLAlchemy


class DelegationEvidence(Base):
    """A piece of what was certified of a ballot's delegations: whole lines, exactly as they are downloaded.

    ``part`` is ``links``, the evidence whose digest the result states, or ``delegates``: what each of those who
    were given weight carried. Lines stand in the order of the roll; ``first_voter`` is whom a piece's first line
    is about, the nil UUID for the line that says what holds for all.
    """

    __tablename__ = "delegation_evidence"
    __table_args__ = (sa.UniqueConstraint("ballot_id", "part", "first_voter"),)

    ballot_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("ballots.id"), primary_key=True)
    part: Mapped[str] = mapped_column(sa.String(10), primary_key=True)
    number: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    first_voter: Mapped[uuid.UUID]
    content: Mapped[bytes] = mapped_column(sa.LargeBinary)
