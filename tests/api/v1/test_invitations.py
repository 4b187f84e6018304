from __future__ import annotations

import uuid

from tests.support import journal


def test_a_code_kept_back_does_not_bring_an_owner_back(portal):
    town = portal.town()
    other = portal.join(town, "brand_owner")
    invitations = f"{town.path}/invitations"
    kept = other.ok("POST", invitations, {"role": "brand_owner", "max_uses": 2})["code"]
    harmless = other.ok("POST", invitations, {"role": "member"})["code"]
    town.owner.ok("DELETE", f"{town.path}/members/{other.memberships[town.id]}/roles/brand_owner")
    joining = f"{town.path}/members"
    stranger = portal.person()
    stranger.refused(409, "invalid-invitation", "POST", joining, {"invitation_code": kept})
    stranger.ok("POST", joining, {"invitation_code": harmless})


def test_a_code_is_replayed_to_its_maker_and_stands_nowhere_in_the_database(portal, units):
    town = portal.town()
    path, key = f"{town.path}/invitations", uuid.uuid4().hex
    first = town.owner.call("POST", path, {"role": "member"}, key=key)
    again = town.owner.call("POST", path, {"role": "member"}, key=key)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert (again.status_code, again.data) == (first.status_code, first.data)
    held = str(journal.everything(units))
    assert first.get_json()["id"].replace("-", "") in held.replace("-", "")  # it would be found
    assert first.get_json()["code"] not in held
    assert key not in held
