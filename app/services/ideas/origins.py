"""An idea's lineage as everyone may read it: where it came from, where it led to, and who is credited."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.lifecycle import IdeaState, idea_state
from app.models.ideas import Idea, IdeaAuthor
from app.services.ideas.lineage import Descent, descents
from app.services.obligations.standing import standing


def lineage_of(session: Session, idea: Idea, now: dt.datetime) -> dict[str, Any]:
    """Return an idea's lineage.

    :param now: the database's clock.
    """
    ways = descents(session, [idea.id]).get(idea.id, [])
    owed = [way.obligation for way in ways if way.obligation is not None]
    states = {each.obligation.id: each.status.state for each in standing(session, owed, now)}
    merged = sa.select(Idea.id).where(Idea.merged_into_id == idea.id).order_by(Idea.id)
    credited = (
        sa.select(IdeaAuthor.membership_id)
        .where(IdeaAuthor.idea_id == idea.id, IdeaAuthor.standing == "credited")
        .order_by(IdeaAuthor.since, IdeaAuthor.membership_id)
    )
    return {
        "idea_id": idea.id,
        "state": idea_state(IdeaState(idea.state), kept=any(way.kept for way in ways)).value,
        "merged_from": session.scalars(merged).all(),
        "merged_into": _merged_into(session, idea),
        "promotions": [_shown(way, states) for way in ways],
        "author_ids": session.scalars(credited).all(),
    }


def _merged_into(session: Session, idea: Idea) -> list[uuid.UUID]:
    """Return the ideas that an idea went into, one after the other; there are no circles."""
    found, at = [], idea.merged_into_id
    while at is not None:
        found.append(at)
        at = session.scalar(sa.select(Idea.merged_into_id).where(Idea.id == at))
    return found


def _shown(way: Descent, states: dict[uuid.UUID, Any]) -> dict[str, Any]:
    owed = way.obligation
    return {
        "promotion_id": way.promotion.id,
        "promoted_at": way.promotion.promoted_at,
        "proposal_id": way.promotion.proposal_id,
        "ballot_id": way.ballot_id,
        "option_id": way.option_id,
        "outcome": way.outcome,
        "won": way.won,
        "obligation": None
        if owed is None
        else {
            "id": owed.id,
            "state": states[owed.id].value,
            "due_at": owed.due_at,
            "concluded_at": owed.concluded_at,
            "kept": way.kept,
        },
    }
