from __future__ import annotations

import pytest

from tests.stateful.stage import Stage


@pytest.fixture
def stage(app, units, clock):
    """Where the walks of one test take place: one database, and a fresh community for each."""
    return Stage(app, units, clock)
