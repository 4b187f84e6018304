"""Comments as somebody sees them: their texts where those are shown, whom they mention, and the reactions."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.discussion import CommentState, Reaction
from app.domain.errors import refuse
from app.models.communities import Membership
from app.models.discussion import Comment, CommentMention, CommentReaction, CommentText
from app.models.moderation import ModerationCase
from app.policies.permissions import Actor
from app.services.discussion import finding
from app.services.moderation.hiding import hidings, masked, require_not_hidden


@dataclass(frozen=True, slots=True)
class ShownComment:
    """A comment for one caller.

    :param hidden: the case that hides it, if one does.
    :param masked: whether that keeps the text from the caller.
    :param text: the version that stands; None where the caller may not read it, or nobody can any more.
    :param mentions: the members it mentions, in the order of their references.
    :param reactions: how many members reacted in which way.
    :param own_reaction: the caller's.
    """

    comment: Comment
    state: CommentState
    hidden: ModerationCase | None
    masked: bool
    text: CommentText | None
    mentions: tuple[Membership, ...]
    reactions: Mapping[Reaction, int]
    own_reaction: Reaction | None


def require_shown(session: Session, comment: Comment) -> None:
    """Refuse what needs a text that people can read.

    :raises Refusal: ``not-shown``.
    """
    if comment.withdrawn_at is not None:
        raise refuse("not-shown", "Its author has withdrawn it.")
    require_not_hidden(session, comment.id)


def texts(session: Session, actor: Actor, comment_id: uuid.UUID) -> sa.Select[CommentText]:
    """Select the versions of what a comment says; none is left of a withdrawn one.

    :raises Refusal: ``not-found``; ``not-shown`` where it is hidden from the actor.
    """
    (found,) = shown(session, actor, [finding.read(session, actor, comment_id)])
    if found.masked:
        raise refuse("not-shown", "It is hidden.")
    return sa.select(CommentText).where(CommentText.comment_id == comment_id)


def shown(session: Session, actor: Actor, comments: Sequence[Comment]) -> list[ShownComment]:
    """Return comments as the actor sees them, in their order, in as many queries whatever there is of them."""
    ids = [each.id for each in comments]
    hidden = hidings(session, ids)
    kept = masked(session, actor, hidden)
    legible = [each for each in ids if each not in kept]
    said, mentions = _texts(session, legible), _mentions(session, legible)
    reactions, own = _reactions(session, ids), _own_reactions(session, actor, ids)
    return [
        ShownComment(
            comment=each,
            state=_state(each, hidden),
            hidden=hidden.get(each.id),
            masked=each.id in kept,
            text=said.get(each.id),
            mentions=tuple(mentions.get(each.id, ())),
            reactions={kind: reactions.get((each.id, kind.value), 0) for kind in Reaction},
            own_reaction=own.get(each.id),
        )
        for each in comments
    ]


def _state(comment: Comment, hidden: Collection[uuid.UUID]) -> CommentState:
    if comment.withdrawn_at is not None:
        return CommentState.WITHDRAWN
    return CommentState.HIDDEN if comment.id in hidden else CommentState.SHOWN


def _texts(session: Session, ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, CommentText]:
    rows = session.scalars(
        sa.select(CommentText)
        .join(
            Comment, sa.and_(Comment.id == CommentText.comment_id, Comment.text_number == CommentText.number)
        )
        .where(Comment.id.in_(ids))
    )
    return {row.comment_id: row for row in rows}


def _mentions(session: Session, ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, Sequence[Membership]]:
    rows = session.execute(
        sa.select(CommentMention.comment_id, Membership)
        .join(Comment, Comment.id == CommentMention.comment_id)
        .join(Membership, Membership.id == CommentMention.membership_id)
        .where(Comment.id.in_(ids), CommentMention.number == Comment.text_number)
        .order_by(Membership.reference)
    )
    found: dict[uuid.UUID, list[Membership]] = defaultdict(list)
    for comment_id, membership in rows:
        found[comment_id].append(membership)
    return found


def _reactions(session: Session, ids: Sequence[uuid.UUID]) -> Mapping[tuple[uuid.UUID, str], int]:
    rows = session.execute(
        sa.select(CommentReaction.comment_id, CommentReaction.kind, sa.func.count())
        .where(CommentReaction.comment_id.in_(ids))
        .group_by(CommentReaction.comment_id, CommentReaction.kind)
    )
    return {(comment_id, kind): number for comment_id, kind, number in rows}


def _own_reactions(session: Session, actor: Actor, ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, Reaction]:
    rows = session.execute(
        sa.select(CommentReaction.comment_id, CommentReaction.kind).where(
            CommentReaction.comment_id.in_(ids), CommentReaction.membership_id == actor.membership_id
        )
    )
    return {comment_id: Reaction(kind) for comment_id, kind in rows}
