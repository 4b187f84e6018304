"""Ideas with their texts, authors, support, opinions, answers and merges, and the words they are found by."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, BigIdentity
from app.models.ids import resource_id


class Idea(Base):
    """An idea on a board.

    Counters and the keys it is ranked by are written by the transaction that changes what they are made of, with the
    idea's row locked; a recount finds the same.
    """

    __tablename__ = "ideas"
    __table_args__ = (
        sa.Index("ix_ideas_community_id_id", "community_id", "id"),
        sa.Index("ix_ideas_board_id_posted_at_id", "board_id", "posted_at", "id"),
        sa.Index("ix_ideas_board_id_rising_key_id", "board_id", "rising_key", "id"),
        sa.Index(
            "ix_ideas_board_id_dot_count_endorsement_count_id",
            "board_id",
            "dot_count",
            "endorsement_count",
            "id",
        ),
        sa.CheckConstraint("endorsement_count >= 0 AND dot_count >= 0", name="counts_not_negative"),
        sa.CheckConstraint("(state = 'merged') = (merged_into_id IS NOT NULL)", name="merged_into_one"),
        sa.CheckConstraint("merged_into_id <> id", name="merged_into_another"),
        sa.CheckConstraint("(state = 'draft') = (posted_at IS NULL)", name="posted_once"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=resource_id)
    community_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("communities.id"))
    board_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("boards.id"))
    #: As the board's, which never changes: so that lists need not ask it. No foreign key: the board has it.
    audience_id: Mapped[uuid.UUID | None]
    #: Whoever drafted it; co-authors stand in rows of their own.
    author_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("memberships.id"), index=True)
    title: Mapped[str] = mapped_column(sa.String(200))
    body: Mapped[str] = mapped_column(sa.Text)
    #: ``{"url", "title"}`` each.
    links: Mapped[list[Any]]
    text_number: Mapped[int] = mapped_column(sa.Integer)
    state: Mapped[str] = mapped_column(sa.String(20))
    state_since: Mapped[dt.datetime]
    merged_into_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("ideas.id"), index=True)
    answer_count: Mapped[int] = mapped_column(sa.Integer, default=0)
    created_at: Mapped[dt.datetime]
    posted_at: Mapped[dt.datetime | None]

    endorsement_count: Mapped[int] = mapped_column(default=0)
    dot_count: Mapped[int] = mapped_column(default=0)
    agree_count: Mapped[int] = mapped_column(default=0)
    disagree_count: Mapped[int] = mapped_column(default=0)
    pass_count: Mapped[int] = mapped_column(default=0)

    #: See app.domain.boards.ranking for what these are; ``rising_key`` is 0 for a draft.
    rising_key: Mapped[int] = mapped_column(default=0)
    draw: Mapped[int]
    fair_weight: Mapped[int] = mapped_column(sa.Integer)
    #: The weight with which ``fair_day`` began: for that day the order stands still.
    fair_weight_before: Mapped[int] = mapped_column(sa.Integer)
    #: The day, as the proleptic Gregorian ordinal, of the last opinion; 0 before any.
    fair_day: Mapped[int] = mapped_column(sa.Integer, default=0)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - read once by SQLAlchemy


class IdeaText(Base):
    """One version of an idea's text since it was posted. Never changed; the idea shows the latest."""

    __tablename__ = "idea_texts"

    idea_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("ideas.id"), primary_key=True)
    number: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    title: Mapped[str] = mapped_column(sa.String(200))
    body: Mapped[str] = mapped_column(sa.Text)
    tags: Mapped[list[Any]]
    links: Mapped[list[Any]]
    membership_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("memberships.id"))
    written_at: Mapped[dt.datetime]


class IdeaTag(Base):
    """A tag on an idea, as :mod:`app.domain.boards.tags` writes it."""

    __tablename__ = "idea_tags"
    __table_args__ = (sa.Index("ix_idea_tags_board_id_tag_idea_id", "board_id", "tag", "idea_id"),)

    idea_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("ideas.id"), primary_key=True)
    tag: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    board_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("boards.id"))
    position: Mapped[int] = mapped_column(sa.Integer)


class IdeaAuthor(Base):
    """Somebody's authorship: the author's, a co-author's by invitation and consent, or that of a merged idea."""

    __tablename__ = "idea_authors"
    __table_args__ = (sa.Index("ix_idea_authors_membership_id_idea_id", "membership_id", "idea_id"),)

    idea_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("ideas.id"), primary_key=True)
    membership_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("memberships.id"), primary_key=True)
    #: author, coauthor or merged.
    kind: Mapped[str] = mapped_column(sa.String(12))
    #: invited, credited or declined.
    standing: Mapped[str] = mapped_column(sa.String(12))
    since: Mapped[dt.datetime]
    #: The idea that brought them here.
    merged_idea_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("ideas.id"))


class IdeaSupport(Base):
    """What a member gives an idea: one row each, so nobody counts twice.

    With the idea it goes when it is merged its rows stay as they were; those of the idea it was merged into count.
    """

    __tablename__ = "idea_supports"
    __table_args__ = (
        sa.CheckConstraint("dots >= 0", name="dots_not_negative"),
        sa.CheckConstraint("endorsed OR dots > 0", name="gives_something"),
        sa.Index("ix_idea_supports_membership_id_board_id", "membership_id", "board_id"),
    )

    idea_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("ideas.id"), primary_key=True)
    membership_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("memberships.id"), primary_key=True)
    board_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("boards.id"))
    endorsed: Mapped[bool]
    dots: Mapped[int] = mapped_column(sa.Integer)
    #: The text that they supported last.
    text_number: Mapped[int] = mapped_column(sa.Integer)
    supported_at: Mapped[dt.datetime]


class IdeaOpinion(Base):
    """What a member thinks of an idea: agree, disagree or pass."""

    __tablename__ = "idea_opinions"
    __table_args__ = (sa.Index("ix_idea_opinions_board_id", "board_id"),)

    idea_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("ideas.id"), primary_key=True)
    membership_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("memberships.id"), primary_key=True)
    board_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("boards.id"))
    opinion: Mapped[str] = mapped_column(sa.String(8))
    given_at: Mapped[dt.datetime]


class IdeaFollower(Base):
    """Somebody who wants to hear what becomes of an idea."""

    __tablename__ = "idea_followers"
    __table_args__ = (sa.Index("ix_idea_followers_membership_id_idea_id", "membership_id", "idea_id"),)

    idea_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("ideas.id"), primary_key=True)
    membership_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("memberships.id"), primary_key=True)
    since: Mapped[dt.datetime]


class IdeaAnswer(Base):
    """One official answer: where the idea stands from then on, and why. Never changed."""

    __tablename__ = "idea_answers"

    idea_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("ideas.id"), primary_key=True)
    number: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    state: Mapped[str] = mapped_column(sa.String(20))
    reason: Mapped[str] = mapped_column(sa.Text)
    membership_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("memberships.id"))
    role: Mapped[str] = mapped_column(sa.String(20))
    answered_at: Mapped[dt.datetime]


class IdeaMerge(Base):
    """A proposal to merge one idea into another, and what became of it."""

    __tablename__ = "idea_merges"
    __table_args__ = (
        sa.Index("ix_idea_merges_source_id_id", "source_id", "id"),
        sa.Index("ix_idea_merges_target_id_id", "target_id", "id"),
        sa.CheckConstraint("source_id <> target_id", name="two_ideas"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=resource_id)
    community_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("communities.id"))
    board_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("boards.id"))
    source_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("ideas.id"))
    target_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("ideas.id"))
    proposer_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("memberships.id"))
    reason: Mapped[str] = mapped_column(sa.Text)
    proposed_at: Mapped[dt.datetime]
    #: From when on it can be decided without the author.
    decidable_from: Mapped[dt.datetime]
    #: accepted, decided, refused or retracted; None while it waits.
    verdict: Mapped[str | None] = mapped_column(sa.String(12))
    verdict_reason: Mapped[str | None] = mapped_column(sa.Text)
    decided_by: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("memberships.id"))
    decided_at: Mapped[dt.datetime | None]
    #: Until when supporters who were carried along can opt out; set when the ideas are merged.
    opt_out_until: Mapped[dt.datetime | None]


class CarriedSupport(Base):
    """What a merge carried along of a supporter's, as long as they have not made it their own or opted out."""

    __tablename__ = "carried_supports"
    __table_args__ = (sa.CheckConstraint("dots >= 0", name="dots_not_negative"),)

    merge_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("idea_merges.id"), primary_key=True)
    membership_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("memberships.id"), primary_key=True, index=True
    )
    endorsed: Mapped[bool]
    dots: Mapped[int] = mapped_column(sa.Integer)
    opted_out_at: Mapped[dt.datetime | None]


class IdeaWords(Base):
    """The words by which an idea is found, kept apart from it: lists need not read them.

    SQLite's full-text index and PostgreSQL's lie over this table; migration 0007 makes them.
    """

    __tablename__ = "idea_words"

    id: Mapped[int] = mapped_column(BigIdentity, primary_key=True, autoincrement=True)
    idea_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("ideas.id"), unique=True)
    #: As :func:`app.domain.boards.search_text.index_words` returns them, with the board's own word.
    words: Mapped[str] = mapped_column(sa.Text)
