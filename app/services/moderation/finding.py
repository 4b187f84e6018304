"""Finding cases: who may see which, and holding one still while it is decided."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.clock import database_now
from app.domain.errors import refuse
from app.domain.instants import to_milliseconds
from app.domain.moderation.lifecycle import CaseState
from app.models.moderation import ModerationCase, ModerationReport, ModerationStep
from app.policies.permissions import Actor, Role
from app.services.moderation.hiding import no_steward_is_left
from app.services.moderation.things import BY_TYPE, Written


def visible_to(actor: Actor) -> sa.Select[ModerationCase]:
    """Select the cases an actor may see.

    Stewards and auditors: every one. Everybody: those in which something they wrote was hidden. Brand owners:
    besides, an appeal that no steward is left to decide.
    """
    statement = sa.select(ModerationCase).where(ModerationCase.community_id == actor.community_id)
    if actor.roles & {Role.STEWARD, Role.AUDITOR}:
        return statement
    own = sa.and_(ModerationCase.author_id == actor.membership_id, ModerationCase.hidden_at.is_not(None))
    if Role.BRAND_OWNER not in actor.roles:
        return statement.where(own)
    left = sa.and_(ModerationCase.state == CaseState.APPEALED.value, no_steward_is_left(actor))
    return statement.where(sa.or_(own, left))


def listed(
    actor: Actor,
    now: dt.datetime,
    *,
    state: CaseState | None = None,
    subject_type: str | None = None,
    ground: str | None = None,
    late: bool | None = None,
) -> sa.Select[ModerationCase]:
    """Select the cases in a state, about a kind of thing, reported on a ground, late or in time; None: any."""
    statement = visible_to(actor)
    if state is not None:
        statement = statement.where(ModerationCase.state == state.value)
    if subject_type is not None:
        statement = statement.where(ModerationCase.subject_type == subject_type)
    if ground is not None:
        reported = ModerationReport.case_id == ModerationCase.id
        statement = statement.where(sa.exists().where(reported, ModerationReport.ground == ground))
    if late is not None:
        over = sa.literal(now, ModerationCase.due_at.type) > ModerationCase.due_at
        statement = statement.where(ModerationCase.due_at.is_not(None), over if late else ~over)
    return statement


def by_due(statement: sa.Select[ModerationCase]) -> sa.Select[ModerationCase]:
    """Narrow a selection to cases that wait for a decision."""
    return statement.where(ModerationCase.due_at.is_not(None))


def read(session: Session, actor: Actor, case_id: uuid.UUID) -> ModerationCase:
    """Return one case.

    :raises Refusal: ``not-found`` where the actor may see no such case.
    """
    found = session.scalar(visible_to(actor).where(ModerationCase.id == case_id))
    if found is None:
        raise refuse("not-found")
    return found


def locked(session: Session, actor: Actor, case_id: uuid.UUID) -> tuple[ModerationCase, Written, dt.datetime]:
    """Return one case and what it is about, both rows locked, and the database's time since then.

    :raises Refusal: ``not-found`` where the actor may see no such case.
    """
    seen = read(session, actor, case_id)
    written = BY_TYPE[seen.subject_type].lock(session, actor, seen.subject_id)
    session.scalar(
        sa.select(ModerationCase)
        .where(ModerationCase.id == case_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return seen, written, to_milliseconds(database_now(session))


def reports(session: Session, actor: Actor, case_id: uuid.UUID) -> sa.Select[ModerationReport]:
    """Select the reports in a case.

    :raises Refusal: ``not-found``.
    """
    read(session, actor, case_id)
    return sa.select(ModerationReport).where(ModerationReport.case_id == case_id)


def reported_grounds(session: Session, ids: Sequence[uuid.UUID]) -> Sequence[tuple[uuid.UUID, str, int]]:
    """Return for some cases how many reports there are on each ground, as (case, ground, number)."""
    rows = session.execute(
        sa.select(ModerationReport.case_id, ModerationReport.ground, sa.func.count())
        .where(ModerationReport.case_id.in_(ids))
        .group_by(ModerationReport.case_id, ModerationReport.ground)
        .order_by(ModerationReport.ground)
    )
    return [(case_id, ground, number) for case_id, ground, number in rows]


def own_reports(actor: Actor) -> sa.Select[tuple[ModerationReport, str, str]]:
    """Select an actor's own reports, each with the kind of thing and the state of its case."""
    return (
        sa.select(*ModerationReport.__table__.columns, ModerationCase.subject_type, ModerationCase.state)
        .join(ModerationCase, ModerationCase.id == ModerationReport.case_id)
        .where(ModerationReport.membership_id == actor.membership_id)
    )


def steps(session: Session, actor: Actor, case_id: uuid.UUID) -> sa.Select[ModerationStep]:
    """Select the steps of a case.

    :raises Refusal: ``not-found``.
    """
    read(session, actor, case_id)
    return sa.select(ModerationStep).where(ModerationStep.case_id == case_id)
