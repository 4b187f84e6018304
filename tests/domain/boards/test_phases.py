from __future__ import annotations

import dataclasses
import datetime as dt

import pytest

from app.domain.boards.phases import Phase, PhaseRules, Support, next_start, phase_at, phase_problems
from app.domain.charter.roles import Role

T0 = dt.datetime(2026, 3, 1, 9, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
TICK = dt.timedelta(milliseconds=1)


def rules(phase: Phase, starts_at: dt.datetime, **facts) -> PhaseRules:
    given = {"post": frozenset({Role.MEMBER}), "support": Support.DOTS, "comments": True, "editing": False}
    return PhaseRules(phase=phase, starts_at=starts_at, **(given | facts))


PHASES = [rules(Phase.COLLECTING, T0), rules(Phase.SHORTLISTING, T0 + DAY), rules(Phase.DONE, T0 + 3 * DAY)]


@pytest.mark.parametrize(
    ("after", "phase"),
    [
        (-TICK, None),
        (TICK * 0, Phase.COLLECTING),
        (DAY - TICK, Phase.COLLECTING),
        (DAY, Phase.SHORTLISTING),
        (3 * DAY - TICK, Phase.SHORTLISTING),
        (3 * DAY, Phase.DONE),
        (3_000 * DAY, Phase.DONE),
    ],
)
def test_a_phase_runs_from_its_beginning_to_that_of_the_next_exclusively(after, phase):
    running = phase_at(PHASES, T0 + after)
    assert (running and running.phase) == phase


def test_the_next_phase_is_the_first_that_has_not_begun():
    assert next_start(PHASES, T0 - TICK) == T0
    assert next_start(PHASES, T0) == T0 + DAY
    assert next_start(PHASES, T0 + 3 * DAY) is None


def test_phases_in_order_have_nothing_wrong_with_them():
    assert list(phase_problems(PHASES)) == []
    assert list(phase_problems(PHASES[1:2])) == []


@pytest.mark.parametrize(
    ("phases", "places"),
    [
        (PHASES[::-1], ["/1/phase", "/1/starts_at", "/2/phase", "/2/starts_at"]),
        ([PHASES[0], PHASES[0]], ["/1/phase", "/1/starts_at"]),
        ([PHASES[0], rules(Phase.REFINING, T0)], ["/1/starts_at"]),
        ([rules(Phase.DONE, T0), rules(Phase.BUILDING, T0 + DAY)], ["/1/phase"]),
        ([rules(Phase.DONE, T0, post=frozenset({Role.AUDITOR}))], ["/0/post"]),
    ],
)
def test_every_phase_out_of_order_is_named(phases, places):
    assert [place for place, _ in phase_problems(phases)] == places


@pytest.mark.parametrize("year", [1, 2026, 9999])
def test_what_is_written_of_a_phase_reads_as_the_same_phase(year):
    phase = rules(Phase.REFINING, T0.replace(year=year), post=frozenset({Role.MEMBER, Role.STEWARD}))
    assert PhaseRules.from_json(phase.to_json()) == phase
    assert dataclasses.replace(phase, editing=True) != phase
