"""Official answers: where an idea stands from now on, and why."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.lifecycle import ANSWERS, IdeaState
from app.models.ideas import Idea, IdeaAnswer
from app.policies.permissions import Actor, Permission
from app.services.boards.finding import acting_on
from app.services.ideas.finding import Held
from app.services.ideas.steps import take


def of(idea: Idea) -> sa.Select[IdeaAnswer]:
    """Select an idea's official answers."""
    return sa.select(IdeaAnswer).where(IdeaAnswer.idea_id == idea.id)


def answer(session: Session, actor: Actor, held: Held, state: IdeaState, reason: str) -> IdeaAnswer:
    """Say publicly what becomes of an idea. Answers are kept for good; a changed mind is a further one.

    :param state: one of those that an answer leads to.
    :raises Refusal: ``illegal-idea-step``, ``not-in-group``, ``group-archived``; ``forbidden``.
    """
    actor = acting_on(session, actor, held.board, Permission.IDEA_ANSWER)
    assert actor.membership_id is not None  # noqa: S101 - the edge resolved the membership
    assert actor.role_used is not None  # noqa: S101 - the power was granted by one
    idea = held.idea
    content = {"answer": {"number": idea.answer_count + 1, "state": state.value, "reason": reason}}
    idea.answer_count += 1
    take(session, actor, idea, ANSWERS[state], content, at=held.now)
    made = IdeaAnswer(
        idea_id=idea.id,
        number=idea.answer_count,
        state=state.value,
        reason=reason,
        membership_id=actor.membership_id,
        role=actor.role_used.value,
        answered_at=held.now,
    )
    session.add(made)
    session.flush()
    return made
