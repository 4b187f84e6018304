"""Comments with the versions of their texts, whom they mention, and members' reactions to them."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base
from app.models.ids import resource_id


class Comment(Base):
    """A place in a discussion, and who took it. What it says stands in :class:`CommentText`.

    ``subject_id`` is no foreign key: what is discussed is of several kinds.
    """

    __tablename__ = "comments"
    __table_args__ = (
        sa.Index("ix_comments_subject_id_parent_id_id", "subject_id", "parent_id", "id"),
        sa.Index(
            "ix_comments_subject_id_parent_id_reaction_count_id",
            *("subject_id", "parent_id", "reaction_count", "id"),
        ),
        sa.Index("ix_comments_parent_id_id", "parent_id", "id"),
        sa.Index("ix_comments_parent_id_reaction_count_id", "parent_id", "reaction_count", "id"),
        sa.CheckConstraint("reply_count >= 0 AND reaction_count >= 0", name="counts_not_negative"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=resource_id)
    community_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("communities.id"), index=True)
    subject_type: Mapped[str] = mapped_column(sa.String(16))
    subject_id: Mapped[uuid.UUID]
    #: The group whose members alone see what it is on; None: everybody does. That never changes.
    audience_id: Mapped[uuid.UUID | None]
    #: The comment it replies to; None: it is on the thing itself.
    parent_id: Mapped[uuid.UUID | None] = mapped_column(sa.ForeignKey("comments.id"))
    depth: Mapped[int] = mapped_column(sa.Integer)
    author_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("memberships.id"), index=True)
    text_number: Mapped[int] = mapped_column(sa.Integer, default=1)
    created_at: Mapped[dt.datetime]
    edited_at: Mapped[dt.datetime | None]
    withdrawn_at: Mapped[dt.datetime | None]
    #: Direct replies, and members who reacted; the row's lock makes both exact.
    reply_count: Mapped[int] = mapped_column(sa.Integer, default=0)
    reaction_count: Mapped[int] = mapped_column(sa.Integer, default=0)
    version: Mapped[int] = mapped_column(sa.Integer, default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - read once by SQLAlchemy


class CommentText(Base):
    """One version of what a comment says. Never changed, and deleted only with the others when it is withdrawn.

    ``html`` is ``body`` rendered when it was written; whoever serves it judges it anew.
    """

    __tablename__ = "comment_texts"

    comment_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("comments.id"), primary_key=True)
    number: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    stance: Mapped[str | None] = mapped_column(sa.String(12))
    body: Mapped[str] = mapped_column(sa.Text)
    html: Mapped[str] = mapped_column(sa.Text)
    written_at: Mapped[dt.datetime]


class CommentMention(Base):
    """That one version of a comment's text mentions a member."""

    __tablename__ = "comment_mentions"
    __table_args__ = (
        sa.UniqueConstraint("comment_id", "number", "membership_id"),
        sa.Index("ix_comment_mentions_membership_id_id", "membership_id", "id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=resource_id)
    comment_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("comments.id"))
    number: Mapped[int] = mapped_column(sa.Integer)
    membership_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("memberships.id"))


class CommentReaction(Base):
    """A member's reaction to a comment: one, which they may change or take back."""

    __tablename__ = "comment_reactions"

    comment_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("comments.id"), primary_key=True)
    membership_id: Mapped[uuid.UUID] = mapped_column(
        sa.ForeignKey("memberships.id"), primary_key=True, index=True
    )
    kind: Mapped[str] = mapped_column(sa.String(12))
    reacted_at: Mapped[dt.datetime]
