"""The public figures of moderation: what was reported, hidden and restored, on which grounds, and how soon.

Computed from reports and steps, which are never changed: whatever was ever hidden is counted, and what happens
later never changes a figure of the past. A decision is late strictly after the time that its ground gives.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from app.domain.moderation.lifecycle import CaseAction
from app.domain.timeline import AFTER, AT, Change, Counters, played


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """One report: when, on which ground, and by when that ground has it decided."""

    at: dt.datetime
    ground: str
    decide_by: dt.datetime


@dataclass(frozen=True, slots=True)
class StepFacts:
    """One decision, appeal or withdrawal.

    :param ground: of what was hidden.
    :param due_at: of an appeal: by when it is to be decided.
    """

    action: CaseAction
    at: dt.datetime
    ground: str | None = None
    due_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """A case: its reports, at least one, in any order, and its steps in theirs."""

    reports: Collection[ReportFacts]
    steps: Sequence[StepFacts] = ()


@dataclass(frozen=True, slots=True)
class GroundFigures:
    """How often a ground was reported, how often something was hidden on it, and how often that was undone."""

    reported: int
    hidden: int
    restored: int

    def to_json(self) -> dict[str, Any]:
        """Return the figures as JSON."""
        return {"reported": self.reported, "hidden": self.hidden, "restored": self.restored}


@dataclass(frozen=True, slots=True)
class DecisionFigures:
    """How decisions kept up.

    :param waiting: what waited for a decision.
    :param late: of those, what waited longer than its ground allows.
    :param decided_late: how many were decided after that.
    :param withdrawn: what its author took back before anybody decided.
    :param median_seconds: from the first report, or the appeal, to the decision; of an even number the mean of
        the two middle ones; None where nothing was decided.
    """

    waiting: int
    late: int
    decided_late: int
    withdrawn: int
    median_seconds: Fraction | None

    def to_json(self) -> dict[str, Any]:
        """Return the figures as JSON; the median as exact text: ``"86400"``, ``"3/2"``."""
        return {
            "waiting": self.waiting,
            "late": self.late,
            "decided_late": self.decided_late,
            "withdrawn": self.withdrawn,
            "median_seconds": None if self.median_seconds is None else str(self.median_seconds),
        }


@dataclass(frozen=True, slots=True)
class ModerationFigures:
    """The figures at ``at``.

    :param cases: how many things were reported; again after a decision counts again.
    :param hidden: how often something was hidden, whatever came of it.
    :param appeals: how many appeals were made.
    :param grounds: by id, in alphabetical order.
    """

    at: dt.datetime
    reports: int
    cases: int
    dismissed: int
    hidden: int
    decisions: DecisionFigures
    appeals: int
    upheld: int
    restored: int
    appeal_decisions: DecisionFigures
    grounds: Mapping[str, GroundFigures]

    def to_json(self) -> dict[str, Any]:
        """Return the figures as JSON, without the instant."""
        return {
            "reports": self.reports,
            "cases": self.cases,
            "dismissed": self.dismissed,
            "hidden": self.hidden,
            "decisions": self.decisions.to_json(),
            "appeals": self.appeals,
            "upheld": self.upheld,
            "restored": self.restored,
            "appeal_decisions": self.appeal_decisions.to_json(),
            "grounds": {ground: figures.to_json() for ground, figures in self.grounds.items()},
        }


def figures(cases: Collection[CaseFacts], at: dt.datetime) -> ModerationFigures:
    """Return the figures at one instant.

    :param at: aware, as every instant in the facts.
    """
    return series(cases, (at,))[0]


def series(cases: Collection[CaseFacts], instants: Sequence[dt.datetime]) -> list[ModerationFigures]:
    """Return the figures at each instant, in the order asked."""
    changes = (change for case in cases for change in _of_case(case))
    found = {at: _figures(at, counters) for at, counters in played(changes, instants)}
    return [found[at] for at in instants]


#: What each step adds one to; of a withdrawal it depends on what was waiting.
_COUNTED = {
    CaseAction.DISMISS: "dismissed",
    CaseAction.HIDE: "hidden",
    CaseAction.UPHOLD: "upheld",
    CaseAction.RESTORE: "restored",
}


def _of_case(case: CaseFacts) -> Iterator[Change]:
    opened_at = min(report.at for report in case.reports)
    yield Change((opened_at, AT), ("cases", ""), 1)
    for report in case.reports:
        yield Change((report.at, AT), ("reports", ""), 1)
        yield Change((report.at, AT), ("reported", report.ground), 1)
    decision = next((s for s in case.steps if s.action is not CaseAction.APPEAL), None)
    due_at = min(report.decide_by for report in case.reports)
    yield from _waiting("decision", opened_at, due_at, decision)
    appeal = next((s for s in case.steps if s.action is CaseAction.APPEAL), None)
    if appeal is None or decision is None:
        return
    assert appeal.due_at is not None  # noqa: S101 - every appeal has one
    yield Change((appeal.at, AT), ("appeals", ""), 1)
    outcome = case.steps[-1] if case.steps[-1] is not appeal else None
    yield from _waiting("appeal", appeal.at, appeal.due_at, outcome)
    if outcome is not None and outcome.action is CaseAction.RESTORE:
        yield Change((outcome.at, AT), ("restored_on", decision.ground or ""), 1)


def _waiting(what: str, since: dt.datetime, due_at: dt.datetime, end: StepFacts | None) -> Iterator[Change]:
    """Yield the changes of the counters of what waits for a decision: since when, until when, and how it ended."""
    yield Change((since, AT), ("waiting", what), 1)
    over = (due_at, AFTER)
    if end is None:
        yield Change(over, ("late", what), 1)
        return
    ended = (end.at, AT)
    yield Change(ended, ("waiting", what), -1)
    if ended > over:
        yield Change(over, ("late", what), 1)
        yield Change(ended, ("late", what), -1)
    if end.action is CaseAction.WITHDRAW:
        yield Change(ended, ("withdrawn", what), 1)
        return
    yield Change(ended, (_COUNTED[end.action], ""), 1)
    yield Change(ended, (what, ""), 1, waited=end.at - since)
    if ended > over:
        yield Change(ended, ("decided_late", what), 1)
    if end.action is CaseAction.HIDE:
        yield Change(ended, ("hidden_on", end.ground or ""), 1)


def _figures(at: dt.datetime, counters: Counters) -> ModerationFigures:
    count = counters.count

    def decisions(what: str) -> DecisionFigures:
        return DecisionFigures(
            waiting=count("waiting", what),
            late=count("late", what),
            decided_late=count("decided_late", what),
            withdrawn=count("withdrawn", what),
            median_seconds=counters.median_seconds(what),
        )

    return ModerationFigures(
        at=at,
        reports=count("reports"),
        cases=count("cases"),
        dismissed=count("dismissed"),
        hidden=count("hidden"),
        decisions=decisions("decision"),
        appeals=count("appeals"),
        upheld=count("upheld"),
        restored=count("restored"),
        appeal_decisions=decisions("appeal"),
        grounds={
            ground: GroundFigures(
                count("reported", ground), count("hidden_on", ground), count("restored_on", ground)
            )
            for ground in counters.kinds("reported", "hidden_on")
        },
    )
