"""The facts of the public figures, read in two queries whatever there is of them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.moderation.lifecycle import CaseAction
from app.domain.moderation.statistics import (
    CaseFacts,
    ModerationFigures,
    ReportFacts,
    StepFacts,
    figures,
    series,
)
from app.models.moderation import ModerationCase, ModerationReport, ModerationStep
from app.services.points import point, points


def at_instant(
    session: Session, community_id: uuid.UUID, at: dt.datetime | None, now: dt.datetime
) -> ModerationFigures:
    """Return the figures at an instant; None: now.

    :param now: the database's clock, in whole milliseconds.
    :raises Refusal: ``conflict`` for the future.
    """
    return figures(facts(session, community_id), point(at, now))


def at_instants(
    session: Session,
    community_id: uuid.UUID,
    *,
    since: dt.datetime | None,
    until: dt.datetime | None,
    every: dt.timedelta,
    now: dt.datetime,
) -> list[ModerationFigures]:
    """Return the figures at each of some points; see :func:`app.services.points.points`.

    :raises Refusal: ``conflict``.
    """
    instants = points(since=since, until=until, every=every, now=now)
    return series(facts(session, community_id), instants)


def facts(session: Session, community_id: uuid.UUID) -> list[CaseFacts]:
    """Read every report and every step there was in a community."""
    steps = _steps(session, community_id)
    return [
        CaseFacts(reports, steps.get(case_id, ()))
        for case_id, reports in _reports(session, community_id).items()
    ]


def _reports(session: Session, community_id: uuid.UUID) -> Mapping[uuid.UUID, Sequence[ReportFacts]]:
    rows = session.execute(
        sa.select(
            ModerationReport.case_id,
            ModerationReport.made_at,
            ModerationReport.ground,
            ModerationReport.decide_by,
        )
        .join(ModerationCase, ModerationCase.id == ModerationReport.case_id)
        .where(ModerationCase.community_id == community_id)
    )
    found: dict[uuid.UUID, list[ReportFacts]] = defaultdict(list)
    for case_id, made_at, ground, decide_by in rows:
        found[case_id].append(ReportFacts(made_at, ground, decide_by))
    return found


def _steps(session: Session, community_id: uuid.UUID) -> Mapping[uuid.UUID, Sequence[StepFacts]]:
    rows = session.execute(
        sa.select(
            ModerationStep.case_id,
            ModerationStep.action,
            ModerationStep.at,
            ModerationStep.ground,
            ModerationStep.due_at,
        )
        .join(ModerationCase, ModerationCase.id == ModerationStep.case_id)
        .where(ModerationCase.community_id == community_id)
        .order_by(ModerationStep.case_id, ModerationStep.number)
    )
    found: dict[uuid.UUID, list[StepFacts]] = defaultdict(list)
    for case_id, action, at, ground, due_at in rows:
        found[case_id].append(StepFacts(CaseAction(action), at, ground, due_at))
    return found
