"""Boards, what is promoted from them, and where their members' opinions meet."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base
from app.models.ids import resource_id


class Board(Base):
    """A co-creation board. Its phase is no column: it follows from ``phases`` and the clock."""

    __tablename__ = "boards"
    __table_args__ = (
        sa.Index("ix_boards_community_id_id", "community_id", "id"),
        sa.Index("ix_boards_group_id_id", "group_id", "id"),
        sa.CheckConstraint("dots_per_idea BETWEEN 1 AND dots_per_member", name="dots_fit"),
        sa.CheckConstraint("audience_id IS NULL OR audience_id = group_id", name="audience_is_its_group"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=resource_id)
    community_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("communities.id"))
    #: The group whose members take part in it; None: everybody does. Both are fixed when it is made.
    group_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("groups.id"))
    #: The group whose members alone see it; None: the whole community does.
    audience_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("groups.id"))
    title: Mapped[str] = mapped_column(sa.String(200))
    description: Mapped[str] = mapped_column(sa.Text)
    #: As :meth:`app.domain.boards.phases.PhaseRules.to_json` writes them, in order.
    phases: Mapped[list[Any]]
    #: The budget of each member, and how many of it one idea takes; both fixed once somebody has given dots.
    dots_per_member: Mapped[int] = mapped_column(sa.Integer)
    dots_per_idea: Mapped[int] = mapped_column(sa.Integer)
    #: How long an author has to answer to a merge before it can be decided without them.
    merge_wait_seconds: Mapped[int]
    #: How long supporters whom a merge carried along can take their support back.
    opt_out_seconds: Mapped[int]
    created_by: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("memberships.id"))
    created_at: Mapped[dt.datetime]
    version: Mapped[int] = mapped_column(sa.Integer, default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - read once by SQLAlchemy


class DotBudget(Base):
    """What a member has given of their dots on a board. The database refuses to let it exceed the budget."""

    __tablename__ = "dot_budgets"
    __table_args__ = (sa.CheckConstraint("spent BETWEEN 0 AND budget", name="within_budget"),)

    board_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("boards.id"), primary_key=True)
    membership_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("memberships.id"), primary_key=True)
    budget: Mapped[int] = mapped_column(sa.Integer)
    spent: Mapped[int] = mapped_column(sa.Integer)


class Promotion(Base):
    """That ideas were made a ballot's options or a proposal. Never changed.

    No foreign key to the ballot: a draft may still be deleted, and then the promotion has come to nothing.
    """

    __tablename__ = "promotions"
    __table_args__ = (
        sa.Index("ix_promotions_board_id_id", "board_id", "id"),
        sa.CheckConstraint("(ballot_id IS NULL) <> (proposal_id IS NULL)", name="one_target"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=resource_id)
    community_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("communities.id"))
    board_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("boards.id"))
    ballot_id: Mapped[uuid.UUID | None] = mapped_column(unique=True)
    proposal_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("proposals.id"), unique=True)
    membership_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("memberships.id"))
    promoted_at: Mapped[dt.datetime]


class PromotedIdea(Base):
    """One idea of a promotion, with the option it became where there are several. Never changed."""

    __tablename__ = "promoted_ideas"
    __table_args__ = (sa.UniqueConstraint("promotion_id", "position"),)

    promotion_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("promotions.id"), primary_key=True)
    idea_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("ideas.id"), primary_key=True, index=True)
    position: Mapped[int] = mapped_column(sa.Integer)
    option_id: Mapped[str | None] = mapped_column(sa.String(32))


class OpinionSnapshot(Base):
    """A board's groups of opinion as they were computed once, so that lists by consensus stand still."""

    __tablename__ = "opinion_snapshots"

    board_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("boards.id"), primary_key=True)
    number: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    computed_at: Mapped[dt.datetime]
    members: Mapped[int]
    opinions: Mapped[int]
    ideas: Mapped[int]
    #: ``{"size", "path": [{"idea_id", "side"}]}`` each, the largest first; who is in which is nobody's business.
    groups: Mapped[list[Any]]


class ConsensusScore(Base):
    """An idea's consensus in one snapshot, in billionths, and how each group saw it."""

    __tablename__ = "consensus_scores"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["board_id", "number"], ["opinion_snapshots.board_id", "opinion_snapshots.number"]
        ),
        sa.Index(
            "ix_consensus_scores_board_id_number_score_idea_id", "board_id", "number", "score", "idea_id"
        ),
    )

    board_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    idea_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("ideas.id"), primary_key=True)
    score: Mapped[int]
    #: ``[agreements, opinions]`` of each group, in the order of the groups.
    seen: Mapped[list[Any]]
