"""What the brand owes after a decision: pre-commitments, obligations, answers, milestones and attestations."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base
from app.models.ids import resource_id


class Precommitment(Base):
    """What the brand says, before the vote, will happen if it passes. Never changed: a later one replaces it.

    Of a proposal or of a standalone ballot, exactly one.
    """

    __tablename__ = "precommitments"
    __table_args__ = (
        sa.UniqueConstraint("proposal_id", "number"),
        sa.UniqueConstraint("ballot_id", "number"),
        sa.CheckConstraint("(proposal_id IS NULL) <> (ballot_id IS NULL)", name="one_subject"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=resource_id)
    community_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("communities.id"))
    proposal_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("proposals.id"))
    ballot_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("ballots.id"))
    number: Mapped[int] = mapped_column(sa.Integer)
    #: What happens if it passes.
    undertaking: Mapped[str] = mapped_column(sa.Text)
    #: How long after the result it is to be done, in seconds.
    within_seconds: Mapped[int]
    #: Exact text as the brand states it, such as "50000 EUR"; None where money is not the point.
    budget: Mapped[str | None] = mapped_column(sa.String(100))
    #: On which grounds it could be refused: ``{"id", "title"}``.
    refusal_grounds: Mapped[list[Any]]
    membership_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("memberships.id"))
    recorded_at: Mapped[dt.datetime]


class Obligation(Base):
    """An answer that falls due after a decision. Its state follows from the facts beside it and the clock.

    ``rules`` is what was frozen with the ballot: binding level, grounds of refusal, how deliveries are disputed.
    """

    __tablename__ = "obligations"
    __table_args__ = (
        sa.Index("ix_obligations_community_id_id", "community_id", "id"),
        sa.Index("ix_obligations_community_id_due_at_id", "community_id", "due_at", "id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=resource_id)
    community_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("communities.id"))
    ballot_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("ballots.id"), unique=True)
    proposal_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("proposals.id"), unique=True)
    title: Mapped[str] = mapped_column(sa.String(200))
    owner_role: Mapped[str] = mapped_column(sa.String(20))
    binding_level: Mapped[str] = mapped_column(sa.String(20))
    rules: Mapped[dict[str, Any]]
    created_at: Mapped[dt.datetime]
    due_at: Mapped[dt.datetime]
    answered_at: Mapped[dt.datetime | None]
    concluded_at: Mapped[dt.datetime | None]
    version: Mapped[int] = mapped_column(sa.Integer, default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - read once by SQLAlchemy


class Answer(Base):
    """One answer of the brand; a changed answer is a further one. Never changed."""

    __tablename__ = "obligation_answers"

    obligation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("obligations.id"), primary_key=True)
    number: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    verdict: Mapped[str] = mapped_column(sa.String(20))
    reason: Mapped[str] = mapped_column(sa.Text)
    ground: Mapped[str | None] = mapped_column(sa.String(32))
    membership_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("memberships.id"))
    answered_at: Mapped[dt.datetime]


class Milestone(Base):
    """A promise with a date, under an obligation."""

    __tablename__ = "milestones"
    __table_args__ = (sa.UniqueConstraint("obligation_id", "position"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=resource_id)
    community_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("communities.id"), index=True)
    obligation_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("obligations.id"))
    position: Mapped[int] = mapped_column(sa.Integer)
    title: Mapped[str] = mapped_column(sa.String(200))
    description: Mapped[str] = mapped_column(sa.Text)
    promised_at: Mapped[dt.datetime]
    due_at: Mapped[dt.datetime]


class Evidence(Base):
    """What the brand shows for a milestone; each opens a round of attestations. Never changed."""

    __tablename__ = "milestone_evidence"

    milestone_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("milestones.id"), primary_key=True)
    round: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    note: Mapped[str] = mapped_column(sa.Text)
    url: Mapped[str | None] = mapped_column(sa.Text)
    membership_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("memberships.id"))
    submitted_at: Mapped[dt.datetime]


class Attestation(Base):
    """What a member says of a delivery: confirmed or disputed. Further ones replace it; none is changed."""

    __tablename__ = "attestations"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["milestone_id", "round"], ["milestone_evidence.milestone_id", "milestone_evidence.round"]
        ),
    )

    milestone_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    round: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    membership_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("memberships.id"), primary_key=True)
    revision: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    verdict: Mapped[str] = mapped_column(sa.String(12))
    comment: Mapped[str] = mapped_column(sa.Text)
    attested_at: Mapped[dt.datetime]
