"""Founding a community and changing what it says of itself."""

from __future__ import annotations

from tests.api.walks.canary import CANARY, person_of, town_of
from tests.api.walks.walk import Call, Walk, answered, known, walk_for, walk_of_owner
from tests.support.portal import Portal


@walk_for
def found_community(portal: Portal) -> Walk:
    person = person_of(portal)
    body = {
        "slug": CANARY,
        "name": f"{CANARY} town",
        "description": f"{CANARY} words",
        "allowed_origins": [f"https://{CANARY}.example"],
    }
    return Walk(
        Call(person, "POST", "/v1/communities", body),
        "community.founded",
        answered("community"),
        lambda answer: person.ok("GET", f"/v1/communities/{answer['id']}/members/me")["reference"],
        lambda answer: answer["id"],
        role="brand_owner",
        refused_after=[Call(person, "POST", "/v1/communities", body, status=409)],
    )


@walk_for
def update_community(portal: Portal) -> Walk:
    town = town_of(portal)
    body = {
        "name": f"{CANARY} city",
        "description": f"{CANARY} more words",
        "allowed_origins": [f"https://{CANARY}.example"],
    }
    call = Call(town.owner, "PATCH", town.path, body, town.owner.tag(town.path))
    return walk_of_owner(
        town,
        call,
        "community.updated",
        known("community", town.id),
        repeats=[Call(town.owner, "PATCH", town.path, again, "*") for again in ({}, body)],
    )
