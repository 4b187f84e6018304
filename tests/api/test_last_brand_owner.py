"""A community always keeps a brand owner."""

from __future__ import annotations

import functools

import pytest

from tests.support.portal import Person, Town
from tests.support.races import at_once


def test_the_last_brand_owner_neither_leaves_nor_lays_the_role_down(portal):
    town = portal.town()
    own = town.owner.ok("GET", f"{town.path}/members/me")["id"]
    town.owner.refused(409, "last-brand-owner", "DELETE", f"{town.path}/members/me")
    town.owner.refused(409, "last-brand-owner", "DELETE", f"{town.path}/members/{own}/roles/brand_owner")
    assert town.owner.ok("GET", f"{town.path}/members/me")["roles"] == ["brand_owner"]


@pytest.mark.parametrize("way", ["leave", "revoke each other", "revoke oneself", "leave and revoke"])
def test_two_owners_who_race_to_go_leave_one_behind(portal, way):
    town = portal.town()
    owners = [town.owner, portal.join(town, "brand_owner")]
    for _round in range(5):
        members = [owner.ok("GET", f"{town.path}/members/me")["id"] for owner in owners]
        leave = f"{town.path}/members/me"
        revoke = [f"{town.path}/members/{member}/roles/brand_owner" for member in members]
        paths = {
            "leave": [leave, leave],
            "revoke each other": [revoke[1], revoke[0]],
            "revoke oneself": revoke,
            "leave and revoke": [leave, revoke[1]],
        }[way]
        statuses = at_once(
            [functools.partial(owner.call, "DELETE", path) for owner, path in zip(owners, paths, strict=True)]
        )
        assert sum(status < 300 for status in statuses) == 1, statuses
        assert {status for status in statuses if status >= 300} <= {403, 404, 409}
        remaining = [owner for owner in owners if "brand_owner" in roles_of(owner, town)]
        assert len(remaining) == 1
        owners = [remaining[0], portal.person()]
        rejoin(owners, town)


def roles_of(person: Person, town: Town) -> list[str]:
    answer = person.call("GET", f"{town.path}/members/me")
    return answer.get_json()["roles"] if answer.status_code == 200 else []


def rejoin(owners: list[Person], town: Town) -> None:
    code = owners[0].ok("POST", f"{town.path}/invitations", {"role": "brand_owner"})["code"]
    owners[1].ok("POST", f"{town.path}/members", {"invitation_code": code})
