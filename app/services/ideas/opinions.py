"""Opinions: whether members agree with an idea, disagree, or have seen it and pass."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from app.domain.boards.consensus import Opinion
from app.domain.boards.ranking import fair_weight
from app.domain.lifecycle import IdeaAction
from app.models.ideas import Idea, IdeaOpinion
from app.policies.permissions import Actor, Permission
from app.services.boards.finding import acting_on
from app.services.ideas.finding import Held
from app.services.ideas.steps import require, take
from app.services.moderation.hiding import require_not_hidden

_COUNTS = {
    Opinion.AGREE: "agree_count",
    Opinion.DISAGREE: "disagree_count",
    Opinion.PASS: "pass_count",
}


def opine(session: Session, actor: Actor, held: Held, opinion: Opinion) -> None:
    """Say what one thinks of an idea, in place of what one said before; the same again changes nothing.

    :raises Refusal: ``illegal-idea-step``, ``not-shown``, ``not-in-group``, ``group-archived``.
    """
    idea = held.idea
    require_not_hidden(session, idea.id)
    actor = acting_on(session, actor, held.board, Permission.IDEA_SUPPORT)
    require(session, IdeaAction.OPINE, idea)
    given = session.get(IdeaOpinion, (idea.id, actor.membership_id), populate_existing=True)
    if given is not None and given.opinion == opinion:
        return
    if given is None:
        given = IdeaOpinion(idea_id=idea.id, membership_id=actor.membership_id, board_id=idea.board_id)
        session.add(given)
    else:
        _count(idea, Opinion(given.opinion), -1)
    given.opinion, given.given_at = opinion.value, held.now
    _count(idea, opinion, 1)
    _weigh(idea, held.now)
    take(session, actor, idea, IdeaAction.OPINE, {"opinion": opinion.value}, at=held.now)


def withdraw(session: Session, actor: Actor, held: Held) -> None:
    """Take one's own opinion back; without one, nothing changes.

    :raises Refusal: ``illegal-idea-step``.
    """
    idea = held.idea
    require(session, IdeaAction.UNOPINE, idea)
    given = session.get(IdeaOpinion, (idea.id, actor.membership_id), populate_existing=True)
    if given is None:
        return
    session.delete(given)
    _count(idea, Opinion(given.opinion), -1)
    _weigh(idea, held.now)
    take(session, actor, idea, IdeaAction.UNOPINE, {}, at=held.now)


def _count(idea: Idea, opinion: Opinion, by: int) -> None:
    name = _COUNTS[opinion]
    setattr(idea, name, getattr(idea, name) + by)


def _weigh(idea: Idea, now: dt.datetime) -> None:
    """Give an idea the weight of its opinions, from tomorrow on: a day's fair order stands still."""
    today = now.date().toordinal()
    if idea.fair_day != today:
        idea.fair_weight_before, idea.fair_day = idea.fair_weight, today
    idea.fair_weight = fair_weight(idea.agree_count + idea.disagree_count + idea.pass_count)
