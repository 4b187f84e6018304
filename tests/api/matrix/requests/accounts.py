"""What people do with accounts of their own."""

from __future__ import annotations

import uuid

from tests.api.matrix.requests.request import Request, request_for
from tests.api.matrix.scene import Scene
from tests.support.portal import PASSWORD, Person


@request_for
def register_account(_scene: Scene, _person: Person) -> Request:
    email = f"{uuid.uuid4().hex}@example.org"
    return Request("POST", "/v1/accounts", {"email": email, "password": PASSWORD, "display_name": "Ada"})


@request_for
def get_own_account(_scene: Scene, _person: Person) -> Request:
    return Request("GET", "/v1/accounts/me")


@request_for
def update_own_account(_scene: Scene, _person: Person) -> Request:
    return Request("PATCH", "/v1/accounts/me", {"display_name": "Grace"}, "*")


@request_for
def change_own_password(_scene: Scene, _person: Person) -> Request:
    return Request(
        "PUT", "/v1/accounts/me/password", {"current_password": PASSWORD, "new_password": PASSWORD}
    )


@request_for
def export_own_account(_scene: Scene, _person: Person) -> Request:
    return Request("GET", "/v1/accounts/me/export")
