"""Promises with dates. None is ever changed: a new date is a new promise, and the old one is judged by its own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from app.domain.errors import refuse
from app.domain.instants import instant
from app.models.ids import resource_id
from app.models.obligations import Milestone, Obligation
from app.policies.permissions import Actor
from app.services.audit import Action, record

#: How many promises an obligation can have; more would hide the one that matters.
MOST_MILESTONES = 50
#: A promise for later than this is none; it is also the longest period that a charter can state.
FURTHEST = dt.timedelta(days=3660)


def promise(
    session: Session,
    actor: Actor,
    obligation: Obligation,
    facts: Mapping[str, Any],
    *,
    position: int,
    at: dt.datetime,
) -> Milestone:
    """Write a promise down.

    :param obligation: locked by the caller, or just made.
    :param facts: ``title``, ``description`` and ``due_at``.
    :param position: one more than there are.
    :param at: since when it stands, in whole milliseconds; the log says besides when it was written down.
    """
    made = Milestone(
        id=resource_id(),
        community_id=obligation.community_id,
        obligation_id=obligation.id,
        position=position,
        title=facts["title"],
        description=facts["description"],
        promised_at=at,
        due_at=facts["due_at"],
    )
    session.add(made)
    session.flush()
    record(
        session,
        actor,
        Action.MILESTONE_PROMISED,
        ("milestone", made.id),
        {
            "obligation_id": str(obligation.id),
            "position": position,
            "title": made.title,
            "description": made.description,
            "promised_at": instant(at),
            "due_at": instant(made.due_at),
        },
    )
    return made


def require_sound(due_at: dt.datetime, pointer: str, now: dt.datetime) -> None:
    """Refuse a promise for the past, or for a time that nobody will see.

    :raises Refusal: ``conflict``.
    """
    if due_at <= now:
        raise refuse(
            "conflict",
            f"A promise is for the future; it is {instant(now)}.",
            errors=[(pointer, "lies in the past")],
        )
    if due_at > now + FURTHEST:
        raise refuse(
            "conflict",
            f"A promise falls due within {FURTHEST.days} days.",
            errors=[(pointer, "too far away")],
        )


def require_room(standing: int, more: int) -> None:
    """Refuse more promises under an obligation than anybody could follow.

    :raises Refusal: ``conflict``.
    """
    if standing + more > MOST_MILESTONES:
        raise refuse("conflict", f"There are {standing} promises here; {MOST_MILESTONES} are the most.")
