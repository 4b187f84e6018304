"""Cases, hidden things and figures as they are shown."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from app.domain.instants import instant, to_milliseconds
from app.domain.moderation.lifecycle import CaseState, legal_actions
from app.domain.moderation.statistics import ModerationFigures
from app.http.exports import figure_lines
from app.http.operation import Context
from app.models.moderation import ModerationCase
from app.services.moderation.finding import reported_grounds

_SHOWN = (
    *(
        "id",
        "community_id",
        "subject_type",
        "subject_id",
        "number",
        "author_id",
        "state",
        "opened_at",
        "due_at",
    ),
    *("report_count", "text_number", "ground", "ground_title", "reason", "decided_by", "hidden_at"),
    *("appeal_until", "version"),
)


def shown_hidden(case: ModerationCase | None) -> dict[str, Any] | None:
    """Return why something is hidden, as its schema dumps it; None where it is not."""
    if case is None:
        return None
    return {
        "case_id": case.id,
        "state": case.state,
        "ground": case.ground,
        "title": case.ground_title,
        "reason": case.reason,
        "hidden_at": case.hidden_at,
        "appeal_until": case.appeal_until,
    }


def shown_case(context: Context, case: ModerationCase) -> dict[str, Any]:
    """Return a case as its schema dumps it, after whatever was done to it."""
    return shown_cases(context, [case])[0]


def shown_cases(context: Context, cases: Sequence[ModerationCase]) -> list[dict[str, Any]]:
    """Return some cases as their schema dumps them."""
    context.session.flush()
    now = to_milliseconds(context.now())
    grounds: Mapping[uuid.UUID, dict[str, int]] = defaultdict(dict)
    for case_id, ground, number in reported_grounds(context.session, [case.id for case in cases]):
        grounds[case_id][ground] = number
    return [_document(case, grounds[case.id], now) for case in cases]


def case_tag(document: dict[str, Any]) -> tuple[object, ...]:
    """Return what the entity tag of a shown case is made of: the clock alone makes it late."""
    return ("moderation_case", document["id"], document["version"], document["late"])


def shown_figures(found: ModerationFigures) -> dict[str, Any]:
    """Return figures as their schema dumps them."""
    return {"at": found.at} | found.to_json()


def series_lines(found: Sequence[ModerationFigures]) -> Iterator[bytes]:
    """Yield a series as CSV: one line an instant, the figures of each ground as columns."""
    points = [{"at": instant(each.at)} | each.to_json() for each in found]
    return figure_lines(points, open_member="grounds")


def _document(case: ModerationCase, grounds: dict[str, int], now: dt.datetime) -> dict[str, Any]:
    return {name: getattr(case, name) for name in _SHOWN} | {
        "late": case.due_at is not None and now > case.due_at,
        "grounds": grounds,
        "actions": [action.value for action in legal_actions(CaseState(case.state))],
    }
