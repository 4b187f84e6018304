"""No endpoint bypasses the charter: each operation that asks for a power is refused once the charter withholds it."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from typing import Any

import pytest

from app import create_app
from app.domain.charter.powers import Power
from app.domain.charter.roles import Role
from app.services import access
from tests.api.matrix.requests import REQUESTS
from tests.api.matrix.scene import Scene
from tests.api.matrix.table import TABLE
from tests.support.portal import Portal

#: Looked up when the roll is frozen, not when a vote is cast: see the tests of ballots under the charter.
AT_OPENING = {Power.BALLOT_CAST}


def powers_asked_for(app: Any) -> list[tuple[str, Power]]:
    operations = app.extensions["althing.api"].operations.items()
    powers = {power.value: power for power in Power if power not in AT_OPENING}
    return [
        (name, powers[str(operation.permission)])
        for name, operation in operations
        if str(operation.permission) in powers
    ]


def without(charter_of: Callable[..., Any], power: Power) -> Callable[..., Any]:
    """Return a look-up of charters in which nobody holds ``power``, whatever a charter would have to say."""

    @functools.wraps(charter_of)
    def poorer(*args: Any) -> Any:
        charter = charter_of(*args)
        powers = {role: held - {power} for role, held in charter.role_powers.items()}
        return dataclasses.replace(charter, role_powers=powers)

    return poorer


def test_every_power_there_is_is_asked_for_by_some_operation(app):
    assert {power for _, power in powers_asked_for(app)} == set(Power) - AT_OPENING


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_operation_is_refused_to_everybody_once_the_charter_withholds_its_power(
    settings, units, monkeypatch
):
    app = create_app(settings)
    scene = Scene(Portal(app), units)
    held = access.charter_of
    for name, power in powers_asked_for(app):
        for kind in (role.value for role in Role if TABLE[name][role.value] < 300):
            person = scene.fresh(kind)
            request = REQUESTS[name](scene, person)
            monkeypatch.setattr(access, "charter_of", without(held, power))
            answer = request.send(person)
            monkeypatch.setattr(access, "charter_of", held)
            assert answer.status_code == 403, (name, kind, answer.text)
            assert answer.get_json()["type"] == "/problems/forbidden", (name, kind)
            assert power.value in answer.get_json()["detail"], (name, kind)
    app.extensions["althing.units"].dispose()
