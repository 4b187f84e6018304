"""Decisions on reports, appeals against them, and what somebody else decides then."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.errors import refuse
from app.domain.instants import instant
from app.domain.moderation.judges import Involved, against_judging, against_owning
from app.domain.moderation.lifecycle import CaseAction
from app.models.moderation import ModerationCase, ModerationReport
from app.policies.permissions import Actor
from app.services.moderation.finding import locked
from app.services.moderation.hiding import no_steward_is_left
from app.services.moderation.reporting import listed_ground
from app.services.moderation.steps import require, take
from app.services.moderation.things import Written


def dismiss(
    session: Session, actor: Actor, case_id: uuid.UUID, *, reason: str, text_number: int
) -> ModerationCase:
    """Leave something as it is.

    :param text_number: the version that was judged.
    :raises Refusal: ``not-found``, ``not-impartial``, ``case-not-open``, ``text-superseded``.
    """
    case, written, now = locked(session, actor, case_id)
    _require_judge(session, actor, case, restores=False)
    require(CaseAction.DISMISS, case)
    _require_text(written, text_number)
    content = {"text_number": text_number}
    take(session, actor, case, CaseAction.DISMISS, at=now, reason=reason, content=content)
    return case


def hide(
    session: Session, actor: Actor, case_id: uuid.UUID, *, ground: str, reason: str, text_number: int
) -> ModerationCase:
    """Hide something: its place and its author stay, its text is kept and no longer shown.

    :param ground: id of a ground that the charter in force lists; it need not be the one reported.
    :param text_number: the version that was judged.
    :raises Refusal: as :func:`dismiss`, and ``ground-not-listed``, ``cannot-be-hidden``.
    """
    case, written, now = locked(session, actor, case_id)
    _require_judge(session, actor, case, restores=False)
    require(CaseAction.HIDE, case)
    listed = listed_ground(session, actor, ground)
    _require_text(written, text_number)
    if written.against_hiding is not None:
        raise refuse("cannot-be-hidden", written.against_hiding)
    case.text_number = text_number
    case.ground, case.ground_title, case.reason = listed.id, listed.title, reason
    case.decided_by, case.hidden_at = actor.membership_id, now
    case.appeal_until = now + listed.appeal_within
    case.decide_appeal_within_seconds = int(listed.decide_within.total_seconds())
    take(
        session,
        actor,
        case,
        CaseAction.HIDE,
        at=now,
        ground=listed.id,
        reason=reason,
        due_at=case.appeal_until,
        content={"text_number": text_number},
    )
    return case


def appeal(session: Session, actor: Actor, case_id: uuid.UUID, *, reason: str) -> ModerationCase:
    """Ask that somebody else judges what was hidden of one's own: once, before ``appeal_until``.

    :raises Refusal: ``not-found``, ``not-the-author``, ``case-not-open``, ``not-shown`` where one has taken it
        back oneself, ``appeal-over``.
    """
    case, written, now = locked(session, actor, case_id)
    if actor.membership_id != case.author_id:
        raise refuse("not-the-author")
    require(CaseAction.APPEAL, case)
    if written.withdrawn:
        raise refuse("not-shown", "You have withdrawn it.")
    assert case.appeal_until is not None  # noqa: S101 - set when it was hidden
    assert case.decide_appeal_within_seconds is not None  # noqa: S101 - as above
    if now >= case.appeal_until:
        until = instant(case.appeal_until)
        raise refuse("appeal-over", f"It could be appealed until {until}.", extensions={"until_at": until})
    due_at = now + dt.timedelta(seconds=case.decide_appeal_within_seconds)
    take(session, actor, case, CaseAction.APPEAL, at=now, reason=reason, due_at=due_at)
    return case


def uphold(session: Session, actor: Actor, case_id: uuid.UUID, *, reason: str) -> ModerationCase:
    """Decide an appeal against its author.

    :raises Refusal: ``not-found``, ``not-impartial``, ``case-not-open``.
    """
    case, _, now = locked(session, actor, case_id)
    _require_judge(session, actor, case, restores=False)
    take(session, actor, case, CaseAction.UPHOLD, at=now, reason=reason)
    return case


def restore(session: Session, actor: Actor, case_id: uuid.UUID, *, reason: str) -> ModerationCase:
    """Decide an appeal for its author: the text is shown again.

    :raises Refusal: ``not-found``, ``not-impartial``, ``case-not-open``.
    """
    case, _, now = locked(session, actor, case_id)
    _require_judge(session, actor, case, restores=True)
    take(session, actor, case, CaseAction.RESTORE, at=now, reason=reason)
    return case


def _require_judge(session: Session, actor: Actor, case: ModerationCase, *, restores: bool) -> None:
    """Ask that nothing keeps the actor from judging.

    :raises Refusal: ``not-impartial``.
    """
    assert actor.membership_id is not None  # noqa: S101 - the edge resolved the membership
    reporters = session.scalars(
        sa.select(ModerationReport.membership_id).where(ModerationReport.case_id == case.id)
    )
    involved = Involved(case.author_id, set(reporters), case.decided_by)
    others = sa.select(ModerationCase.id).where(ModerationCase.id == case.id, ~no_steward_is_left(actor))
    against = against_judging(actor.membership_id, involved) or against_owning(
        actor.roles, restores=restores, others=session.scalar(others) is not None
    )
    if against is not None:
        raise refuse("not-impartial", against)


def _require_text(written: Written, text_number: int) -> None:
    if written.text_number != text_number:
        raise refuse(
            "text-superseded",
            f"You judged text {text_number}; text {written.text_number} stands now.",
            extensions={"text_number": written.text_number},
        )
