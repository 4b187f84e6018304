"""Random walks of a community under its charter, each step compared with a small model of the rules.

Few and short walks, always the same, are part of every run of the tests. For a long hunt with new walks every
time: ``ALTHING_WALKS=300 ALTHING_WALK_STEPS=50 pytest tests/stateful``.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.stateful.machine import machine_on

WALKS = int(os.environ.get("ALTHING_WALKS", "0"))
STEPS = int(os.environ.get("ALTHING_WALK_STEPS", "50"))


def _settings(kind: str) -> settings:
    hunting = bool(WALKS)
    few = 4 if kind == "sqlite" else 2
    return settings(
        max_examples=WALKS or few,
        stateful_step_count=STEPS if hunting else 20,
        derandomize=not hunting,
        database=None,
        deadline=None,
        phases=[Phase.generate, Phase.shrink] if hunting else [Phase.generate],
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )


def test_whatever_people_try_the_community_goes_by_its_charter(stage, units):
    machine = machine_on(stage)
    run_state_machine_as_test(machine, settings=_settings(units.engine.dialect.name))
