"""The figures of moderation recomputed from the audit log alone: its entries and what their commitments open to.

Nothing of the service's tables or queries is used, so that a removal which the log does not bear out shows.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from app.domain.moderation.lifecycle import CASE_LIFECYCLE, CaseAction
from app.domain.moderation.statistics import CaseFacts, ReportFacts, StepFacts, figures
from tests.support.scorecard_from_log import ServedEntry

_ACTIONS = {row.records: row.action for row in CASE_LIFECYCLE}


def cases_from_entries(entries: Iterable[ServedEntry]) -> list[CaseFacts]:
    """Build the facts from the entries of one community's log, in their order."""
    reports: dict[str, list[ReportFacts]] = {}
    steps: dict[str, list[StepFacts]] = {}
    for served in entries:
        entry, content = served["entry"], served["content"]
        action = _ACTIONS.get(entry["action"])
        case = entry["object"]["id"]
        if action is CaseAction.REPORT:
            made = ReportFacts(
                _instant(content["made_at"]), content["ground"], _instant(content["decide_by"])
            )
            reports.setdefault(case, []).append(made)
        elif action is not None:
            due_at = None if content["due_at"] is None else _instant(content["due_at"])
            taken = StepFacts(action, _instant(content["effective_at"]), content["ground"], due_at)
            steps.setdefault(case, []).append(taken)
    return [CaseFacts(found, steps.get(case, [])) for case, found in reports.items()]


def figures_from_entries(entries: Iterable[ServedEntry], at: str) -> dict[str, Any]:
    """Return the figures at an instant as the API words them.

    :param at: as the API writes instants.
    """
    return {"at": at} | figures(cases_from_entries(entries), _instant(at)).to_json()


def hidden_in_entries(entries: Iterable[ServedEntry]) -> set[str]:
    """Return the ids of what the log says is hidden at its end."""
    hidden: set[str] = set()
    for served in entries:
        action = _ACTIONS.get(served["entry"]["action"])
        if action is CaseAction.HIDE:
            hidden.add(served["content"]["subject"]["id"])
        elif action is CaseAction.RESTORE:
            hidden.discard(served["content"]["subject"]["id"])
    return hidden


def _instant(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)
