"""The brand's answers, and its further promises. Both are only ever added."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.errors import refuse
from app.domain.instants import instant
from app.domain.obligations import AnswerVerdict, BindingLevel, may_answer
from app.models.obligations import Answer, Milestone
from app.policies.permissions import Actor
from app.services.audit import Action, record
from app.services.obligations import conclusion, promises
from app.services.obligations.standing import StandingObligation, read


def answers(session: Session, actor: Actor, obligation_id: uuid.UUID) -> sa.Select[Answer]:
    """Select the answers to an obligation.

    :raises Refusal: ``not-found``.
    """
    read(session, actor, obligation_id)
    return sa.select(Answer).where(Answer.obligation_id == obligation_id)


def milestones(session: Session, actor: Actor, obligation_id: uuid.UUID) -> sa.Select[Milestone]:
    """Select the promises under an obligation.

    :raises Refusal: ``not-found``.
    """
    read(session, actor, obligation_id)
    return sa.select(Milestone).where(Milestone.obligation_id == obligation_id)


def answer(
    session: Session, actor: Actor, standing: StandingObligation, facts: Mapping[str, Any], now: dt.datetime
) -> Answer:
    """Answer, or answer once more: the last answer holds, and the first one's date decides whether it was late.

    A refusal unmakes no promise: those that stand are owed on and count in the scorecard, be it one given with
    an earlier answer or the undertaking stated before the vote.

    :param standing: of an obligation whose row the caller has locked, at ``now``.
    :param facts: ``verdict``, ``reason``, ``ground`` or None, and ``milestones`` as in :func:`promise`.
    :raises Refusal: ``obligation-not-open`` after the end; ``refusal-not-allowed`` with the rule; ``conflict``
        for promises that go with a refusal, are none, or are too many.
    """
    obligation = standing.obligation
    assert actor.membership_id is not None  # noqa: S101 - the edge resolved the membership
    conclusion.require_open(obligation)
    verdict, ground, made = AnswerVerdict(facts["verdict"]), facts["ground"], facts["milestones"]
    if made and verdict is AnswerVerdict.REFUSED:
        raise refuse("conflict", "Whoever refuses promises nothing.", errors=[("#/milestones", "none here")])
    reason = may_answer(
        BindingLevel(obligation.binding_level),
        verdict,
        ground,
        {each["id"] for each in obligation.rules["refusal_grounds"]},
        milestones=len(standing.milestones) + len(made),
    )
    if reason is not None:
        raise refuse(
            "refusal-not-allowed",
            reason,
            extensions={
                "binding_level": obligation.binding_level,
                "refusal_grounds": obligation.rules["refusal_grounds"],
            },
        )
    given = Answer(
        obligation_id=obligation.id,
        number=standing.answers + 1,
        verdict=verdict.value,
        reason=facts["reason"],
        ground=ground,
        membership_id=actor.membership_id,
        answered_at=now,
    )
    session.add(given)
    if obligation.answered_at is None:
        obligation.answered_at = now
    session.flush()
    content = {
        "number": given.number,
        "verdict": given.verdict,
        "reason": given.reason,
        "ground": ground,
        "answered_at": instant(now),
    }
    record(session, actor, Action.OBLIGATION_ANSWERED, ("obligation", obligation.id), content, at=now)
    _promise(session, actor, standing, made, now, pointer="#/milestones/{}/due_at")
    conclusion.note(session, obligation, now)
    return given


def promise(
    session: Session, actor: Actor, standing: StandingObligation, facts: Mapping[str, Any], now: dt.datetime
) -> Milestone:
    """Promise something more, before the answer or after it, until nothing is left to do.

    :param standing: of an obligation whose row the caller has locked, at ``now``.
    :param facts: ``title``, ``description`` and ``due_at``.
    :raises Refusal: ``obligation-not-open``, ``conflict``.
    """
    conclusion.require_open(standing.obligation)
    (made,) = _promise(session, actor, standing, [facts], now, pointer="#/due_at")
    conclusion.note(session, standing.obligation, now)
    return made


def _promise(
    session: Session,
    actor: Actor,
    standing: StandingObligation,
    made: list[Mapping[str, Any]],
    now: dt.datetime,
    *,
    pointer: str,
) -> list[Milestone]:
    there = len(standing.milestones)
    promises.require_room(there, len(made))
    for place, facts in enumerate(made):
        promises.require_sound(facts["due_at"], pointer.format(place), now)
    return [
        promises.promise(session, actor, standing.obligation, facts, position=there + place, at=now)
        for place, facts in enumerate(made, 1)
    ]
