"""The one way in which something is done to an idea: judged by the lifecycle table, written into the log."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from app.domain.errors import refuse
from app.domain.lifecycle import (
    IdeaAction,
    IdeaState,
    Transition,
    idea_state,
    idea_transition,
    legal_idea_actions,
)
from app.models.ideas import Idea, IdeaAuthor
from app.policies.permissions import Actor
from app.services.audit import Action, record
from app.services.ideas.lineage import kept

#: Who may change an idea's text.
_WRITERS = ("author", "coauthor")


def state_of(session: Session, idea: Idea) -> IdeaState:
    """Return where an idea stands, by what is stored and by what became of what it led to."""
    return idea_state(IdeaState(idea.state), kept=idea.id in kept(session, [idea]))


def require(session: Session, action: IdeaAction, idea: Idea) -> Transition[IdeaState, IdeaAction]:
    """Return the table's row for an action that is legal in the idea's state.

    :raises Refusal: ``illegal-idea-step``, with the state, the action and the actions that are legal in it.
    """
    state = state_of(session, idea)
    row = idea_transition(action, state)
    if row is None:
        raise refuse(
            "illegal-idea-step",
            f"The idea is in state {state.value}: {action.value} is not open there.",
            extensions={
                "state": state.value,
                "action": action.value,
                "legal_actions": [each.value for each in legal_idea_actions(state)],
            },
        )
    return row


def require_author(actor: Actor, idea: Idea) -> None:
    """Ask that the actor drafted the idea.

    :raises Refusal: ``not-the-author``.
    """
    if actor.membership_id != idea.author_id:
        raise refuse("not-the-author")


def require_writer(session: Session, actor: Actor, idea: Idea) -> None:
    """Ask that the actor is an author of the idea: the one who drafted it, or one who consented to be.

    :raises Refusal: ``not-the-author``.
    """
    found = session.get(IdeaAuthor, (idea.id, actor.membership_id))
    if found is None or found.kind not in _WRITERS or found.standing != "credited":
        raise refuse("not-the-author")


def take(
    session: Session,
    actor: Actor,
    idea: Idea,
    action: IdeaAction,
    content: Mapping[str, Any],
    *,
    at: dt.datetime,
) -> None:
    """Do what an action does to the idea's state, and write its audit entry.

    :param idea: its row locked by the caller.
    :param content: what an outsider needs besides to follow the step; the states are added.
    :raises Refusal: ``illegal-idea-step``.
    """
    row = require(session, action, idea)
    source = idea.state
    if row.target is not None and idea.state != row.target:
        idea.state, idea.state_since = row.target.value, at
    session.flush()
    record(
        session,
        actor,
        Action(row.records),
        ("idea", idea.id),
        {"action": action.value, "state": {"before": source, "after": idea.state}, **content},
        at=at,
    )
