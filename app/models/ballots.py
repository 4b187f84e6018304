"""Ballots with their options, electoral rolls, casts and certified results."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base
from app.models.ids import resource_id


class Ballot(Base):
    """One question put to a vote. After opening only the facts of its closing are added.

    State is no column: it follows from ``opened_at``, ``opens_at``, ``closes_at`` and the clock.
    """

    __tablename__ = "ballots"
    __table_args__ = (
        sa.Index("ix_ballots_community_id_id", "community_id", "id"),
        sa.Index("ix_ballots_finalised_at_closes_at", "finalised_at", "closes_at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=resource_id)
    community_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("communities.id"))
    kind: Mapped[str] = mapped_column(sa.String(32))
    title: Mapped[str] = mapped_column(sa.String(200))
    description: Mapped[str] = mapped_column(sa.Text, default="")
    method: Mapped[str] = mapped_column(sa.String(32))
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    seats: Mapped[int] = mapped_column(default=1)
    weighting: Mapped[str] = mapped_column(sa.String(32))
    # What shapes the weights, as far as its weighting takes it from its decision type
    weight_cap: Mapped[dict[str, Any] | None]
    count_unvested: Mapped[bool] = mapped_column(default=True)
    exclude: Mapped[list[Any]] = mapped_column(default=list)
    secrecy: Mapped[str] = mapped_column(sa.String(16))
    disclosure: Mapped[str] = mapped_column(sa.String(16))
    vote_change: Mapped[bool]
    early_close: Mapped[bool]
    tie_rule: Mapped[str] = mapped_column(sa.String(16))
    quorum: Mapped[dict[str, Any] | None]
    threshold: Mapped[dict[str, Any] | None]
    min_approval: Mapped[str | None] = mapped_column(sa.String(40))
    rejection_quorum: Mapped[str | None] = mapped_column(sa.String(40))
    #: The rules of the token tally of a double majority; those above are then the members'.
    token_majority: Mapped[dict[str, Any] | None]
    opens_at: Mapped[dt.datetime | None]
    closes_at: Mapped[dt.datetime | None]
    voting_period_seconds: Mapped[int | None]
    created_at: Mapped[dt.datetime]
    version: Mapped[int] = mapped_column(default=1)

    #: The charter's rule set under which it is held, by id; ``charter_rules`` is that rule set as frozen.
    decision_type: Mapped[str] = mapped_column(sa.String(32))
    #: The proposal whose vote or override it is. No foreign key: proposals point back with one.
    proposal_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    #: The group whose members vote; None: the community's do. No foreign key, for the same reason: groups stay.
    group_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    matters: Mapped[list[Any]] = mapped_column(default=list)
    binding_level: Mapped[str] = mapped_column(sa.String(16), default="advisory")
    answer_within_seconds: Mapped[int | None]
    late_quorum_extension_seconds: Mapped[int | None]
    grants_role: Mapped[str | None] = mapped_column(sa.String(20))

    # Frozen at opening
    charter_number: Mapped[int | None] = mapped_column(sa.Integer)
    charter_rules: Mapped[dict[str, Any] | None]
    precommitment: Mapped[dict[str, Any] | None]
    opened_at: Mapped[dt.datetime | None]
    roll_size: Mapped[int | None]
    roll_weight: Mapped[int | None]
    roll_hash: Mapped[str | None] = mapped_column(sa.String(64))
    #: The weight of the token tally of a double majority.
    roll_tokens: Mapped[int | None]
    #: Where tokens are capped: the most that anyone's weigh, and what that cut off in all.
    weight_limit: Mapped[int | None]
    weight_overflow: Mapped[int | None]
    #: The position of the token ledger as of which holdings were weighed.
    ledger_position: Mapped[int | None]
    manifest: Mapped[str | None] = mapped_column(sa.Text)
    manifest_hash: Mapped[str | None] = mapped_column(sa.String(64))
    tie_secret: Mapped[bytes | None] = mapped_column(sa.LargeBinary(32))
    # Each added once while it is open; closes_at moves with them
    extended_at: Mapped[dt.datetime | None]
    suspended_from: Mapped[dt.datetime | None]
    suspended_until: Mapped[dt.datetime | None]
    suspension: Mapped[dict[str, Any] | None]
    # Added once, at closing
    finalised_at: Mapped[dt.datetime | None]

    options: Mapped[list[BallotOption]] = relationship(
        lazy="raise", cascade="all, delete-orphan", order_by="BallotOption.position"
    )

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - read once by SQLAlchemy


class BallotOption(Base):
    """One option of a ballot; ``option_id`` is the short name that ballot logs carry."""

    __tablename__ = "ballot_options"
    __table_args__ = (sa.UniqueConstraint("ballot_id", "position"),)

    ballot_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("ballots.id"), primary_key=True)
    option_id: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    position: Mapped[int]
    title: Mapped[str] = mapped_column(sa.String(200))
    description: Mapped[str] = mapped_column(sa.Text, default="")
    #: In an election, the candidate.
    membership_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("memberships.id"))


class RollEntry(Base):
    """A member's entry in a ballot's electoral roll: their right to vote and its weight, frozen at opening.

    ``voter`` is random per ballot: the name under which the published log lists the vote. ``tokens`` is the weight
    in the token tally of a double majority, 0 or more; ``overflow`` what a cap cut off.
    """

    __tablename__ = "roll_entries"
    __table_args__ = (
        sa.UniqueConstraint("ballot_id", "voter"),
        sa.CheckConstraint("weight > 0", name="weight_positive"),
    )

    ballot_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("ballots.id"), primary_key=True)
    membership_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("memberships.id"), primary_key=True)
    voter: Mapped[uuid.UUID]
    weight: Mapped[int]
    brand_affiliated: Mapped[bool]
    tokens: Mapped[int] = mapped_column(server_default="0")
    overflow: Mapped[int] = mapped_column(server_default="0")


class Cast(Base):
    """One act of voting. Every cast is kept; a member's latest revision is the vote that counts."""

    __tablename__ = "casts"
    __table_args__ = (
        sa.UniqueConstraint("ballot_id", "membership_id", "revision"),
        sa.ForeignKeyConstraint(
            ["ballot_id", "membership_id"], ["roll_entries.ballot_id", "roll_entries.membership_id"]
        ),
    )

    tracker: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    ballot_id: Mapped[uuid.UUID]
    membership_id: Mapped[uuid.UUID]
    revision: Mapped[int] = mapped_column(sa.Integer)
    choice: Mapped[str] = mapped_column(sa.Text)
    digest: Mapped[str] = mapped_column(sa.String(64))
    leaf_hash: Mapped[bytes] = mapped_column(sa.LargeBinary(32))
    cast_at: Mapped[dt.datetime]


class BallotResult(Base):
    """The certified outcome of a ballot, written once."""

    __tablename__ = "ballot_results"

    ballot_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("ballots.id"), primary_key=True)
    body: Mapped[str] = mapped_column(sa.Text)
    digest: Mapped[str] = mapped_column(sa.String(64))
    certified_at: Mapped[dt.datetime]
