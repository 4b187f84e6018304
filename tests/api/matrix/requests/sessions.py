"""Signing in and out."""

from __future__ import annotations

from tests.api.matrix.requests.request import Request, request_for
from tests.api.matrix.scene import Scene
from tests.support.portal import PASSWORD, Person


@request_for
def sign_in(scene: Scene, person: Person) -> Request:
    email = scene.account_of(person).email
    return Request("POST", "/v1/sessions", {"email": email, "password": PASSWORD})


@request_for
def refresh_session(scene: Scene, _person: Person) -> Request:
    token = scene.portal.person().refresh_token
    return Request("POST", "/v1/sessions/refresh", {"refresh_token": token})


@request_for
def list_sessions(_scene: Scene, _person: Person) -> Request:
    return Request("GET", "/v1/sessions")


@request_for
def sign_out(_scene: Scene, _person: Person) -> Request:
    return Request("DELETE", "/v1/sessions/current")


@request_for
def end_session(scene: Scene, person: Person) -> Request:
    credentials = {"email": scene.account_of(person).email, "password": PASSWORD}
    made = scene.portal.visitor.ok("POST", "/v1/sessions", credentials)
    return Request("DELETE", f"/v1/sessions/{made['session_id']}")
