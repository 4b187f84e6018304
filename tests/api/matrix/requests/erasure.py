"""Having oneself erased."""

from __future__ import annotations

from tests.api.matrix.requests.request import Request, request_for
from tests.api.matrix.scene import Scene
from tests.support.portal import PASSWORD, Person


@request_for
def erase_own_account(_scene: Scene, _person: Person) -> Request:
    return Request("PUT", "/v1/accounts/me/erasure", {"password": PASSWORD})


@request_for
def erase_own_membership(scene: Scene, _person: Person) -> Request:
    return Request("PUT", f"{scene.town.path}/members/me/erasure", {"password": PASSWORD})
