"""Random walks of a community under its charter, each step compared with a small model of the rules."""

from __future__ import annotations

from tests.stateful.length import walking
from tests.stateful.machine import machine_on


def test_whatever_people_try_the_community_goes_by_its_charter(stage, units):
    walking(machine_on(stage), units)
