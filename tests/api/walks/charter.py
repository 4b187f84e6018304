"""Accepting a charter."""

from __future__ import annotations

from tests.api.walks.canary import town_of
from tests.api.walks.walk import Call, Walk, answered, walk_for, walk_in
from tests.support.portal import Portal
from tests.support.versions import second_version


@walk_for
def accept_charter(portal: Portal) -> Walk:
    town = town_of(portal)
    second_version(portal.app, town.id)
    path = f"{town.path}/charter/acceptances/me"
    call = Call(town.members[0], "PUT", path, {"charter_version": 2})
    superseded = Call(town.members[0], "PUT", path, {"charter_version": 1}, status=409)
    return walk_in(
        town,
        call,
        "charter.accepted",
        answered("membership", "membership_id"),
        role="member",
        forbidden=portal.join(town, "auditor"),
        refused_before=[superseded],
        repeats=[call],
    )
