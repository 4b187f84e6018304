"""The figures of moderation: counted by hand, and against a count that looks at each instant anew."""

from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from app.domain.moderation.lifecycle import CaseAction
from app.domain.moderation.statistics import CaseFacts, ReportFacts, StepFacts, figures, series
from app.domain.timeline import median_seconds

START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
MILLISECOND = dt.timedelta(milliseconds=1)

DISMISS, HIDE, APPEAL = CaseAction.DISMISS, CaseAction.HIDE, CaseAction.APPEAL
UPHOLD, RESTORE, WITHDRAW = CaseAction.UPHOLD, CaseAction.RESTORE, CaseAction.WITHDRAW


def at(hours):
    return START + hours * HOUR


def report(hours, ground="abuse", within=24):
    return ReportFacts(at(hours), ground, at(hours + within))


def step(action, hours, ground=None, due=None):
    return StepFacts(action, at(hours), ground, None if due is None else at(due))


def test_of_nothing_there_are_no_figures():
    assert figures([], START).to_json() == {
        "reports": 0,
        "cases": 0,
        "dismissed": 0,
        "hidden": 0,
        "decisions": {"waiting": 0, "late": 0, "decided_late": 0, "withdrawn": 0, "median_seconds": None},
        "appeals": 0,
        "upheld": 0,
        "restored": 0,
        "appeal_decisions": {
            "waiting": 0,
            "late": 0,
            "decided_late": 0,
            "withdrawn": 0,
            "median_seconds": None,
        },
        "grounds": {},
    }


def test_the_figures_are_those_a_person_would_count():
    cases = [
        CaseFacts([report(0), report(1, "spam")], [step(DISMISS, 2)]),
        CaseFacts([report(0)], [step(HIDE, 4, "abuse", 100), step(APPEAL, 5, due=29), step(RESTORE, 35)]),
        CaseFacts([report(0, "spam")], [step(HIDE, 25, "abuse", 100), step(APPEAL, 26, due=50)]),
        CaseFacts([report(0)], [step(WITHDRAW, 1)]),
        CaseFacts([report(30)]),
    ]
    found = figures(cases, at(60)).to_json()
    assert (found["reports"], found["cases"], found["dismissed"], found["hidden"]) == (6, 5, 1, 2)
    assert found["decisions"] == {
        "waiting": 1,
        "late": 1,
        "decided_late": 1,
        "withdrawn": 1,
        "median_seconds": str(4 * 3600),
    }
    assert (found["appeals"], found["upheld"], found["restored"]) == (2, 0, 1)
    assert found["appeal_decisions"] == {
        "waiting": 1,
        "late": 1,
        "decided_late": 1,
        "withdrawn": 0,
        "median_seconds": str(30 * 3600),
    }
    assert found["grounds"] == {
        "abuse": {"reported": 4, "hidden": 2, "restored": 1},
        "spam": {"reported": 2, "hidden": 0, "restored": 0},
    }


def test_a_decision_is_late_strictly_after_its_time():
    waiting = [CaseFacts([report(0)])]
    assert figures(waiting, at(24)).decisions.late == 0
    assert figures(waiting, at(24) + MILLISECOND).decisions.late == 1
    in_time = [CaseFacts([report(0)], [step(DISMISS, 24)])]
    assert figures(in_time, at(30)).decisions.decided_late == 0
    late = [CaseFacts([report(0)], [StepFacts(DISMISS, at(24) + MILLISECOND)])]
    assert figures(late, at(30)).decisions.decided_late == 1


def test_the_most_urgent_report_says_when_a_case_is_late():
    case = [CaseFacts([report(0, within=48), report(10, "private_data", within=5)])]
    assert figures(case, at(15)).decisions.late == 0
    assert figures(case, at(15) + MILLISECOND).decisions.late == 1


hours = st.integers(0, 100)


@st.composite
def cases(draw):
    reports = [
        report(draw(hours), draw(st.sampled_from(["abuse", "spam"])), draw(st.integers(1, 50)))
        for _ in range(draw(st.integers(1, 3)))
    ]
    opened = int((min(r.at for r in reports) - START) / HOUR)
    moments = [opened + gap for gap in draw(st.lists(st.integers(0, 60), max_size=3).map(sorted))]
    steps = []
    for place, moment in enumerate(moments):
        if place == 0:
            action = draw(st.sampled_from([DISMISS, HIDE, WITHDRAW]))
            steps.append(step(action, moment, "abuse" if action is HIDE else None, moment + 10))
        elif steps[-1].action is HIDE:
            steps.append(step(APPEAL, moment, due=moment + draw(st.integers(1, 50))))
        elif steps[-1].action is APPEAL:
            steps.append(step(draw(st.sampled_from([UPHOLD, RESTORE, WITHDRAW])), moment))
    # Whoever reports does so while the case is open.
    last = steps[0].at if steps else at(1_000)
    return CaseFacts([r for r in reports if r.at <= last], steps)


def counted(all_cases, moment):
    """Count at one instant by looking at what had happened by then, and at nothing else."""
    reports = [r for case in all_cases for r in case.reports if r.at <= moment]
    steps = [[s for s in case.steps if s.at <= moment] for case in all_cases]
    done = [s.action for found in steps for s in found]
    opened = [case for case in all_cases if min(r.at for r in case.reports) <= moment]
    waits = sorted(
        case.steps[0].at - min(r.at for r in case.reports)
        for case in opened
        if case.steps and case.steps[0].at <= moment and case.steps[0].action is not WITHDRAW
    )
    waiting = [case for case in opened if not case.steps or case.steps[0].at > moment]
    appealed = [found for found in steps if found and found[-1].action is APPEAL]
    return {
        "reports": len(reports),
        "cases": len(opened),
        "dismissed": done.count(DISMISS),
        "hidden": done.count(HIDE),
        "upheld": done.count(UPHOLD),
        "restored": done.count(RESTORE),
        "appeals": done.count(APPEAL),
        "waiting": len(waiting),
        "late": sum(min(r.decide_by for r in case.reports) < moment for case in waiting),
        "appeals_waiting": len(appealed),
        "appeals_late": sum(found[-1].due_at < moment for found in appealed),
        "median": median_seconds(waits),
        "abuse": (
            sum(r.ground == "abuse" for r in reports),
            done.count(HIDE),
            done.count(RESTORE),
        ),
    }


@given(st.lists(cases(), max_size=6), st.lists(st.integers(0, 200), min_size=1, max_size=6))
def test_every_point_of_a_series_is_what_had_happened_by_then(all_cases, moments):
    instants = [at(moment) for moment in moments]
    for moment, found in zip(instants, series(all_cases, instants), strict=True):
        assert found.at == moment
        ground = found.grounds.get("abuse")
        assert counted(all_cases, moment) == {
            "reports": found.reports,
            "cases": found.cases,
            "dismissed": found.dismissed,
            "hidden": found.hidden,
            "upheld": found.upheld,
            "restored": found.restored,
            "appeals": found.appeals,
            "waiting": found.decisions.waiting,
            "late": found.decisions.late,
            "appeals_waiting": found.appeal_decisions.waiting,
            "appeals_late": found.appeal_decisions.late,
            "median": found.decisions.median_seconds,
            "abuse": (ground.reported, ground.hidden, ground.restored) if ground else (0, 0, 0),
        }
