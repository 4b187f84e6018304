"""Finding comments, and holding one still while something is done to it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.discussion import Stance
from app.domain.errors import refuse
from app.models.discussion import Comment, CommentMention, CommentReaction, CommentText
from app.models.moderation import ModerationCase
from app.policies.permissions import Actor
from app.services.discussion.subjects import Subject
from app.services.groups.finding import in_audience
from app.services.moderation.hiding import hides


def visible_to(actor: Actor) -> sa.Select[Comment]:
    """Select the comments an actor may see: every one of their community, whether or not its text is shown.

    Not those on what is for the eyes of other people's groups alone.
    """
    return sa.select(Comment).where(
        Comment.community_id == actor.community_id, in_audience(actor, Comment.audience_id)
    )


def on(session: Session, actor: Actor, subject: Subject, subject_id: uuid.UUID) -> sa.Select[Comment]:
    """Select the comments on a thing itself, without the replies to them.

    :raises Refusal: ``not-found`` where the actor may see no such thing.
    """
    subject.read(session, actor, subject_id)
    return visible_to(actor).where(
        Comment.subject_id == subject_id, Comment.subject_type == subject.type, Comment.parent_id.is_(None)
    )


def replies(session: Session, actor: Actor, comment_id: uuid.UUID) -> sa.Select[Comment]:
    """Select the direct replies to a comment.

    :raises Refusal: ``not-found``.
    """
    read(session, actor, comment_id)
    return visible_to(actor).where(Comment.parent_id == comment_id)


def of_stance(statement: sa.Select[Comment], stance: Stance) -> sa.Select[Comment]:
    """Narrow a selection to comments of a stance; withdrawn ones have none, hidden ones show none."""
    return statement.where(
        ~sa.exists().where(ModerationCase.subject_id == Comment.id, hides()),
        sa.exists().where(
            CommentText.comment_id == Comment.id,
            CommentText.number == Comment.text_number,
            CommentText.stance == stance.value,
        ),
    )


def mentions(actor: Actor) -> sa.Select[CommentMention]:
    """Select the mentions of an actor in comments as they read now."""
    return (
        sa.select(CommentMention)
        .join(Comment, Comment.id == CommentMention.comment_id)
        .where(
            CommentMention.membership_id == actor.membership_id,
            CommentMention.number == Comment.text_number,
            in_audience(actor, Comment.audience_id),
        )
    )


def reactions(session: Session, actor: Actor, comment_id: uuid.UUID) -> sa.Select[CommentReaction]:
    """Select the reactions to a comment.

    :raises Refusal: ``not-found``.
    """
    read(session, actor, comment_id)
    return sa.select(CommentReaction).where(CommentReaction.comment_id == comment_id)


def in_order(session: Session, ids: Sequence[uuid.UUID]) -> list[Comment]:
    """Return the comments of some ids, in their order."""
    rows = session.scalars(sa.select(Comment).where(Comment.id.in_(ids)))
    found = {row.id: row for row in rows}
    return [found[each] for each in ids]


def read(session: Session, actor: Actor, comment_id: uuid.UUID) -> Comment:
    """Return one comment.

    :raises Refusal: ``not-found``.
    """
    found = session.scalar(visible_to(actor).where(Comment.id == comment_id))
    if found is None:
        raise refuse("not-found")
    return found


def locked(session: Session, actor: Actor, comment_id: uuid.UUID) -> Comment:
    """Return one comment, its row locked: replies, edits, reactions and reports queue here.

    What it is on was locked before.

    :raises Refusal: ``not-found``.
    """
    found = session.scalar(
        visible_to(actor)
        .where(Comment.id == comment_id)
        .with_for_update(of=Comment)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise refuse("not-found")
    return found
