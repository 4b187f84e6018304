"""Proposals with their texts, sponsors, suggestions, consents and vetoes, and the history of their states."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base
from app.models.ids import resource_id


class Proposal(Base):
    """Something put to the community under a decision type.

    ``state`` is as of the last step taken; ``due_at`` is when the clock takes the next one. Whoever enters the
    community after that instant has the step taken first, so that nobody ever sees a state that is over.
    """

    __tablename__ = "proposals"
    __table_args__ = (
        sa.Index("ix_proposals_community_id_id", "community_id", "id"),
        sa.Index("ix_proposals_community_id_due_at", "community_id", "due_at"),
        sa.Index("ix_proposals_community_id_state_id", "community_id", "state", "id"),
        sa.Index("ix_proposals_due_at", "due_at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=resource_id)
    community_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("communities.id"))
    author_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("memberships.id"), index=True)
    #: The group that decides on it; None: the community does. Fixed when it is drafted.
    group_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("groups.id"), index=True)
    decision_type: Mapped[str] = mapped_column(sa.String(32))
    title: Mapped[str] = mapped_column(sa.String(200))
    body: Mapped[str] = mapped_column(sa.Text)
    #: Options of a choice as ``{"id", "title", "description"}``; None for a vote for or against.
    options: Mapped[list[Any] | None]
    #: A charter amendment's operations, with what they were based on; None for any other proposal.
    operations: Mapped[list[Any] | None]
    basis: Mapped[dict[str, Any] | None]
    #: The charter version it was put to the community under, or last fitted to: its rules for sponsors and
    #: discussion hold until the vote opens.
    base_number: Mapped[int | None] = mapped_column(sa.Integer)
    #: Ids of the reserved matters it touches, as its author and the stewards say.
    matters: Mapped[list[Any]] = mapped_column(default=list)
    text_number: Mapped[int] = mapped_column(sa.Integer, default=1)
    sponsor_count: Mapped[int] = mapped_column(sa.Integer, default=0)

    state: Mapped[str] = mapped_column(sa.String(20))
    state_since: Mapped[dt.datetime]
    due_at: Mapped[dt.datetime | None]
    history_count: Mapped[int] = mapped_column(sa.Integer, default=0)
    stale_reason: Mapped[str | None] = mapped_column(sa.String(20))
    stale_detail: Mapped[str | None] = mapped_column(sa.Text)

    created_at: Mapped[dt.datetime]
    submitted_at: Mapped[dt.datetime | None]
    discussion_ends_at: Mapped[dt.datetime | None]
    #: Set when the vote opens: the rules that hold from then on, whatever the charter becomes.
    ballot_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("ballots.id"), index=True)
    charter_number: Mapped[int | None] = mapped_column(sa.Integer)
    rules: Mapped[dict[str, Any] | None]
    outcome: Mapped[str | None] = mapped_column(sa.String(20))
    decided_at: Mapped[dt.datetime | None]
    passed_at: Mapped[dt.datetime | None]
    veto_ends_at: Mapped[dt.datetime | None]
    override_ballot_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("ballots.id"), index=True)
    overridden_at: Mapped[dt.datetime | None]
    enacted_at: Mapped[dt.datetime | None]
    #: The charter version that this amendment made.
    enacted_number: Mapped[int | None] = mapped_column(sa.Integer)
    version: Mapped[int] = mapped_column(sa.Integer, default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - read once by SQLAlchemy


class ProposalText(Base):
    """One version of a proposal's text. Never changed; the proposal shows the latest."""

    __tablename__ = "proposal_texts"

    proposal_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("proposals.id"), primary_key=True)
    number: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    title: Mapped[str] = mapped_column(sa.String(200))
    body: Mapped[str] = mapped_column(sa.Text)
    options: Mapped[list[Any] | None]
    operations: Mapped[list[Any] | None]
    suggestion_id: Mapped[uuid.UUID | None]
    written_at: Mapped[dt.datetime]


class ProposalStep(Base):
    """One step of a proposal through its lifecycle. Never changed."""

    __tablename__ = "proposal_steps"

    proposal_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("proposals.id"), primary_key=True)
    number: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    action: Mapped[str] = mapped_column(sa.String(32))
    source: Mapped[str | None] = mapped_column(sa.String(20))
    target: Mapped[str] = mapped_column(sa.String(20))
    role: Mapped[str | None] = mapped_column(sa.String(20))
    #: When it took effect: for a step of the clock, when it fell due.
    at: Mapped[dt.datetime]
    reason: Mapped[str | None] = mapped_column(sa.Text)


class ProposalSponsor(Base):
    """A member who wants a proposal to be discussed and voted on."""

    __tablename__ = "proposal_sponsors"

    proposal_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("proposals.id"), primary_key=True)
    membership_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("memberships.id"), primary_key=True)
    sponsored_at: Mapped[dt.datetime]


class Suggestion(Base):
    """A change to a proposal's text that somebody else suggests, and what the author said to it."""

    __tablename__ = "proposal_suggestions"
    __table_args__ = (sa.Index("ix_proposal_suggestions_proposal_id_id", "proposal_id", "id"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=resource_id)
    proposal_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("proposals.id"))
    author_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("memberships.id"))
    #: The text it changes: accepting it on a later one is refused.
    text_number: Mapped[int] = mapped_column(sa.Integer)
    title: Mapped[str] = mapped_column(sa.String(200))
    body: Mapped[str] = mapped_column(sa.Text)
    reason: Mapped[str] = mapped_column(sa.Text)
    made_at: Mapped[dt.datetime]
    #: accepted, refused or withdrawn; None while it waits.
    verdict: Mapped[str | None] = mapped_column(sa.String(12))
    verdict_reason: Mapped[str | None] = mapped_column(sa.Text)
    decided_at: Mapped[dt.datetime | None]


class Consent(Base):
    """A role's consent to a proposal that touches a reserved matter. Never changed.

    To one text of it: what is put to the community again after it went stale needs consent again.
    """

    __tablename__ = "proposal_consents"

    proposal_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("proposals.id"), primary_key=True)
    text_number: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    matter: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    role: Mapped[str] = mapped_column(sa.String(20))
    membership_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("memberships.id"))
    reason: Mapped[str] = mapped_column(sa.Text)
    given_at: Mapped[dt.datetime]


class Veto(Base):
    """The brand's veto of a passed proposal: a listed ground and a public reason. Never changed.

    Of one text of it, as consents are.
    """

    __tablename__ = "vetoes"
    __table_args__ = (
        sa.Index(
            "ix_vetoes_community_id_decision_type_vetoed_at", "community_id", "decision_type", "vetoed_at"
        ),
    )

    proposal_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("proposals.id"), primary_key=True)
    text_number: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    community_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("communities.id"))
    decision_type: Mapped[str] = mapped_column(sa.String(32))
    membership_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("memberships.id"))
    ground: Mapped[str] = mapped_column(sa.String(32))
    absolute: Mapped[bool]
    reason: Mapped[str] = mapped_column(sa.Text)
    vetoed_at: Mapped[dt.datetime]
    #: From and until when an override may be called; both None where there is none.
    override_from: Mapped[dt.datetime | None]
    override_until: Mapped[dt.datetime | None]
