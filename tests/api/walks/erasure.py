"""Having oneself erased, from one community or altogether."""

from __future__ import annotations

from typing import Any

from tests.api.walks.canary import CANARY, person_of, town_of
from tests.api.walks.walk import Call, Walk, known, reference_of, walk_for, walk_in, walk_of_account
from tests.support.portal import PASSWORD, Person, Portal

_SECRET = f"{CANARY} horse battery"
_WRONG = {"password": f"{CANARY} wrong"}


def with_password(person: Person) -> dict[str, Any]:
    """Give somebody a password with the canary in it, and return what proves it."""
    said = {"current_password": PASSWORD, "new_password": _SECRET}
    person.ok("PUT", "/v1/accounts/me/password", said)
    return {"password": _SECRET}


@walk_for
def erase_own_account(portal: Portal) -> Walk:
    person, path = person_of(portal), "/v1/accounts/me/erasure"
    portal.town()
    return walk_of_account(
        person,
        Call(person, "PUT", path, with_password(person)),
        "account.erased",
        known("account", reference_of(person)),
        refused_before=[Call(person, "PUT", path, _WRONG, status=401)],
        refused_after=[Call(person, "PUT", path, _WRONG, status=401)],
    )


@walk_for
def erase_own_membership(portal: Portal) -> Walk:
    town = town_of(portal)
    person, path = town.members[0], f"{town.path}/members/me/erasure"
    return walk_in(
        town,
        Call(person, "PUT", path, with_password(person)),
        "member.erased",
        known("membership", person.memberships[town.id]),
        role="member",
        beside=["member.left"],
        refused_before=[
            Call(person, "PUT", path, _WRONG, status=401),
            Call(town.owner, "PUT", path, with_password(town.owner), status=409),
        ],
        refused_after=[Call(person, "PUT", path, _WRONG, status=404)],
    )
