"""Nobody raises themselves: neither by roles, nor by invitations, nor out of the auditor's."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize("kind", ["bare", "member", "steward", "brand_owner", "auditor"])
@pytest.mark.parametrize("role", ["member", "steward", "brand_owner", "auditor"])
def test_nobody_gives_themselves_a_role(scene, kind, role):
    person, town = scene.fresh(kind), scene.town
    own = f"{town.path}/members/{person.memberships[town.id]}"
    held = town.owner.ok("GET", own)["roles"]
    answer = person.call("POST", f"{own}/roles", {"role": role})
    assert answer.status_code == 403
    assert town.owner.ok("GET", own)["roles"] == held


@pytest.mark.parametrize("role", ["steward", "brand_owner", "auditor"])
def test_a_steward_does_not_invite_into_power(scene, role):
    path = f"{scene.town.path}/invitations"
    scene.callers["steward"].refused(403, "forbidden", "POST", path, {"role": role})


def test_an_insider_gains_nothing_from_an_invitation(scene):
    town, person = scene.town, scene.callers["member"]
    made = town.owner.ok("POST", f"{town.path}/invitations", {"role": "brand_owner"})
    code = {"invitation_code": made["code"]}
    person.refused(409, "already-member", "POST", f"{town.path}/members", code)
    listed = scene.callers["auditor"].ok("GET", f"{town.path}/invitations?limit=100")["items"]
    assert next(one["uses"] for one in listed if one["id"] == made["id"]) == 0
    assert person.ok("GET", f"{town.path}/members/me")["roles"] == ["member"]


def test_an_auditor_is_given_no_other_role(scene):
    town, auditor = scene.town, scene.callers["auditor"]
    path = f"{town.path}/members/{auditor.memberships[town.id]}/roles"
    for role in ("member", "steward", "brand_owner"):
        town.owner.refused(409, "auditor-is-exclusive", "POST", path, {"role": role})
