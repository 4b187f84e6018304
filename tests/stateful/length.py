"""How many walks a run of the tests makes, and how long they are.

Few and short walks, always the same, are part of every run. For a long hunt with new walks every time:
``ALTHING_WALKS=300 ALTHING_WALK_STEPS=50 pytest tests/stateful``.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from app.db.units import Units

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


def walking(machine: type[RuleBasedStateMachine], units: Units) -> None:
    """Have a machine walk in a database, as few and as short walks as its kind allows in every run of the tests."""
    run_state_machine_as_test(machine, settings=_settings(units.engine.dialect.name))
