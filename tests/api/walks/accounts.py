"""What people do with accounts of their own."""

from __future__ import annotations

from typing import Any

from tests.api.walks.canary import CANARY, person_of
from tests.api.walks.walk import Call, Walk, known, reference_of, walk_for, walk_of_account
from tests.support.portal import PASSWORD, Person, Portal


@walk_for
def register_account(portal: Portal) -> Walk:
    body = {
        "email": f"{CANARY}@example.org",
        "password": f"{CANARY} horse battery",
        "display_name": f"{CANARY} Ada",
    }

    def reference(answer: Any) -> str:
        return reference_of(Person(portal.app, "", token=answer["access_token"]))

    call = Call(portal.visitor, "POST", "/v1/accounts", body)
    return Walk(
        call,
        "account.registered",
        lambda answer: ("account", reference(answer)),
        reference,
        refused_after=[Call(portal.visitor, "POST", "/v1/accounts", body, status=409)],
    )


@walk_for
def change_own_password(portal: Portal) -> Walk:
    person = person_of(portal)
    reference = reference_of(person)
    path = "/v1/accounts/me/password"
    wrong = {"current_password": f"{CANARY} wrong", "new_password": f"{CANARY} new battery"}
    credentials = {"email": person.email, "password": PASSWORD}
    # The present password must carry the canary, too: change it once before the walk.
    person.ok("PUT", path, {"current_password": PASSWORD, "new_password": f"{CANARY} horse battery"})
    return walk_of_account(
        person,
        Call(
            person,
            "PUT",
            path,
            {"current_password": f"{CANARY} horse battery", "new_password": f"{CANARY} new battery"},
        ),
        "account.password_changed",
        known("account", reference),
        refused_before=[
            Call(person, "PUT", path, wrong, status=401),
            Call(portal.visitor, "POST", "/v1/sessions", credentials, status=401),
        ],
    )


@walk_for
def update_own_account(portal: Portal) -> Walk:
    person = person_of(portal)
    reference = reference_of(person)
    path = "/v1/accounts/me"
    body = {"display_name": f"{CANARY} Grace"}
    return walk_of_account(
        person,
        Call(person, "PATCH", path, body, person.tag(path)),
        "account.updated",
        known("account", reference),
        repeats=[Call(person, "PATCH", path, again, "*") for again in ({}, body)],
    )
