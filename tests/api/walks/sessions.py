"""Signing in and out."""

from __future__ import annotations

from tests.api.walks.canary import CANARY, person_of
from tests.api.walks.walk import Call, Walk, answered, known, walk_for, walk_of_account
from tests.support.portal import PASSWORD, UNKNOWN, Portal


@walk_for
def sign_in(portal: Portal) -> Walk:
    person, visitor = person_of(portal), portal.visitor
    body = {"email": person.email, "password": PASSWORD}
    wrong = {"email": person.email, "password": f"{CANARY} wrong"}
    nobody = {"email": f"{CANARY}@example.com", "password": PASSWORD}
    return walk_of_account(
        person,
        Call(visitor, "POST", "/v1/sessions", body),
        "session.started",
        answered("session", "session_id"),
        commits_to=None,
        refused_before=[Call(visitor, "POST", "/v1/sessions", b, status=401) for b in (wrong, nobody)],
    )


@walk_for
def refresh_session(portal: Portal) -> Walk:
    person = person_of(portal)
    path = "/v1/sessions/refresh"
    return walk_of_account(
        person,
        Call(portal.visitor, "POST", path, {"refresh_token": person.refresh_token}),
        "session.refreshed",
        answered("session", "session_id"),
        commits_to=None,
        refused_before=[Call(portal.visitor, "POST", path, {"refresh_token": CANARY}, status=401)],
    )


@walk_for
def sign_out(portal: Portal) -> Walk:
    person = person_of(portal)
    (current,) = person.ok("GET", "/v1/sessions")["items"]
    call = Call(person, "DELETE", "/v1/sessions/current", status=401)
    return walk_of_account(
        person,
        call,
        "session.revoked",
        known("session", current["id"]),
        commits_to=None,
        refused_after=[call],
    )


@walk_for
def end_session(portal: Portal) -> Walk:
    person, other = person_of(portal), person_of(portal)
    credentials = {"email": person.email, "password": PASSWORD}
    second = portal.visitor.ok("POST", "/v1/sessions", credentials)["session_id"]
    (others,) = other.ok("GET", "/v1/sessions")["items"]
    call = Call(person, "DELETE", f"/v1/sessions/{second}", status=404)
    return walk_of_account(
        person,
        call,
        "session.revoked",
        known("session", second),
        commits_to=None,
        refused_before=[
            Call(person, "DELETE", f"/v1/sessions/{identifier}", status=404)
            for identifier in (UNKNOWN, others["id"])
        ],
        refused_after=[call],
    )
