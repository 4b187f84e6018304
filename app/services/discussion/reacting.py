"""Reactions: one a member and comment, counted exactly."""

from __future__ import annotations

import uuid

from sqlalchemy.orm import Session

from app.db.clock import database_now
from app.domain.discussion import Reaction
from app.domain.instants import to_milliseconds
from app.models.discussion import Comment, CommentReaction
from app.policies.permissions import Actor
from app.services.audit import Action, record
from app.services.discussion import finding
from app.services.discussion.shown import require_shown
from app.services.discussion.writing import held


def react(session: Session, actor: Actor, comment_id: uuid.UUID, kind: Reaction) -> Comment:
    """React to a comment; another reaction takes the place of one's first, the same again changes nothing.

    :raises Refusal: ``not-found``, ``discussion-closed``, ``not-shown``.
    """
    found, now = held(session, actor, comment_id)
    require_shown(session, found)
    given = session.get(CommentReaction, (found.id, actor.membership_id))
    if given is not None and given.kind == kind.value:
        return found
    before = None if given is None else given.kind
    if given is None:
        given = CommentReaction(comment_id=found.id, membership_id=actor.membership_id)
        session.add(given)
        found.reaction_count += 1
    given.kind, given.reacted_at = kind.value, now
    session.flush()
    content = {"kind": kind.value, "before": before}
    record(session, actor, Action.COMMENT_REACTED, ("comment", found.id), content, at=now)
    return found


def unreact(session: Session, actor: Actor, comment_id: uuid.UUID) -> Comment:
    """Take one's reaction back, at any time; without any, nothing changes.

    :raises Refusal: ``not-found``.
    """
    found = finding.locked(session, actor, comment_id)
    given = session.get(CommentReaction, (found.id, actor.membership_id))
    if given is None:
        return found
    now = to_milliseconds(database_now(session))
    session.delete(given)
    found.reaction_count -= 1
    session.flush()
    record(session, actor, Action.COMMENT_UNREACTED, ("comment", found.id), {"before": given.kind}, at=now)
    return found
