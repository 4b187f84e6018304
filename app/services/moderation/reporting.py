"""Reports: a member says that something should be hidden, and why."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.clock import database_now
from app.domain.charter.document import ModerationGround
from app.domain.errors import refuse
from app.domain.instants import instant, to_milliseconds
from app.domain.moderation.lifecycle import CaseState
from app.models.ids import resource_id
from app.models.moderation import ModerationCase, ModerationReport
from app.policies.permissions import Actor
from app.services.audit import Action, record
from app.services.charters.versions import charter_of
from app.services.moderation.hiding import require_not_hidden
from app.services.moderation.things import Kind, Written


def listed_ground(session: Session, actor: Actor, ground_id: str) -> ModerationGround:
    """Return a ground that the charter in force lists.

    :raises Refusal: ``ground-not-listed``; always, where it lists none.
    """
    assert actor.community_id is not None  # noqa: S101 - the edge resolved the community
    assert actor.charter_number is not None  # noqa: S101 - as above
    charter = charter_of(session, actor.community_id, actor.charter_number)
    found = charter.moderation_ground(ground_id)
    if found is None:
        known = ", ".join(each.id for each in charter.moderation_grounds) or "none"
        raise refuse(
            "ground-not-listed",
            f"The charter in force lists as grounds to hide something: {known}.",
            errors=[("#/ground", f"one of: {known}")],
        )
    return found


def report(
    session: Session, actor: Actor, kind: Kind, subject_id: uuid.UUID, *, ground: str, note: str
) -> tuple[ModerationReport, ModerationCase]:
    """Report something, once a member; the first report opens a case, or the first after one was closed.

    :raises Refusal: ``not-found``; ``ground-not-listed``; ``not-shown`` where there is nothing to read;
        ``conflict`` where one wrote it; ``already-judged`` where this very text was restored on appeal;
        ``already-reported``.
    """
    assert actor.membership_id is not None  # noqa: S101 - the edge resolved the membership
    written = kind.lock(session, actor, subject_id)
    listed = listed_ground(session, actor, ground)
    if actor.membership_id == written.author_id:
        raise refuse("conflict", "You wrote it: you can change it or take it back.")
    _require_readable(session, subject_id, written)
    _require_first(session, actor, subject_id)
    now = to_milliseconds(database_now(session))
    case = _open_case(session, actor, kind, subject_id, author_id=written.author_id, now=now)
    made = ModerationReport(
        id=resource_id(),
        case_id=case.id,
        subject_id=subject_id,
        membership_id=actor.membership_id,
        ground=listed.id,
        note=note,
        made_at=now,
        decide_by=now + listed.decide_within,
    )
    session.add(made)
    case.report_count += 1
    case.due_at = made.decide_by if case.due_at is None else min(case.due_at, made.decide_by)
    session.flush()
    content = {
        "report": str(made.id),
        "subject": {"type": case.subject_type, "id": str(subject_id)},
        "text_number": written.text_number,
        "ground": made.ground,
        "note": note,
        "made_at": instant(now),
        "decide_by": instant(made.decide_by),
    }
    record(session, actor, Action.MODERATION_REPORTED, ("moderation_case", case.id), content, at=now)
    return made, case


def _require_readable(session: Session, subject_id: uuid.UUID, written: Written) -> None:
    if written.withdrawn:
        raise refuse("not-shown", "Its author has withdrawn it.")
    require_not_hidden(session, subject_id)
    restored = sa.exists().where(
        ModerationCase.subject_id == subject_id,
        ModerationCase.state == CaseState.RESTORED.value,
        ModerationCase.text_number == written.text_number,
    )
    if session.scalar(sa.select(restored)):
        raise refuse("already-judged")


def _require_first(session: Session, actor: Actor, subject_id: uuid.UUID) -> None:
    # Asked while the thing's row is held, so the constraint behind it is never met.
    mine = sa.exists().where(
        ModerationReport.subject_id == subject_id, ModerationReport.membership_id == actor.membership_id
    )
    if session.scalar(sa.select(mine)):
        raise refuse("already-reported")


def _open_case(
    session: Session,
    actor: Actor,
    kind: Kind,
    subject_id: uuid.UUID,
    *,
    author_id: uuid.UUID,
    now: dt.datetime,
) -> ModerationCase:
    """Return the open case about a thing whose row is held, opened now if there is none."""
    assert actor.community_id is not None  # noqa: S101 - the edge resolved the community
    last = session.scalar(
        sa.select(ModerationCase)
        .where(ModerationCase.subject_id == subject_id)
        .order_by(ModerationCase.number.desc())
        .limit(1)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if last is not None and last.state == CaseState.OPEN:
        return last
    made = ModerationCase(
        id=resource_id(),
        community_id=actor.community_id,
        subject_type=kind.type,
        subject_id=subject_id,
        number=1 if last is None else last.number + 1,
        author_id=author_id,
        state=CaseState.OPEN.value,
        opened_at=now,
        report_count=0,
        step_count=0,
    )
    session.add(made)
    session.flush()
    return made
