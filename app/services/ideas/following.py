"""Following ideas: whoever posts, supports or is carried along follows by that, and may stop at any time."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy.orm import Session

from app.db.clock import database_now
from app.domain.errors import refuse
from app.domain.instants import to_milliseconds
from app.models.ideas import Idea, IdeaFollower
from app.policies.permissions import Actor
from app.services.audit import Action, record
from app.services.ideas.upserts import insert_missing


def follow(session: Session, actor: Actor, idea: Idea) -> None:
    """Follow an idea; doing so again changes nothing.

    :raises Refusal: ``conflict`` for a draft, of which there is nothing to hear.
    """
    if idea.posted_at is None:
        raise refuse("conflict", "A draft is followed by nobody.")
    now = to_milliseconds(database_now(session))
    assert actor.membership_id is not None  # noqa: S101 - the edge resolved the membership
    if add_follower(session, idea, actor.membership_id, now):
        record(session, actor, Action.IDEA_FOLLOWED, ("idea", idea.id), {}, at=now)


def unfollow(session: Session, actor: Actor, idea: Idea) -> None:
    """Follow an idea no longer; without following it, nothing changes."""
    held = session.get(IdeaFollower, (idea.id, actor.membership_id), with_for_update=True)
    if held is not None:
        session.delete(held)
        session.flush()
        record(session, actor, Action.IDEA_UNFOLLOWED, ("idea", idea.id), {})


def add_follower(session: Session, idea: Idea, membership_id: uuid.UUID, now: dt.datetime) -> bool:
    """Have somebody follow an idea, as a part of something else they do; False where they do already."""
    return insert_missing(session, IdeaFollower, idea_id=idea.id, membership_id=membership_id, since=now)
