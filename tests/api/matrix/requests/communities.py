"""Communities, and their audit log."""

from __future__ import annotations

import uuid

from tests.api.matrix.requests.request import Request, request_for
from tests.api.matrix.scene import Scene
from tests.support.portal import Person


@request_for
def found_community(_scene: Scene, _person: Person) -> Request:
    return Request("POST", "/v1/communities", {"slug": f"m-{uuid.uuid4().hex}", "name": "Another"})


@request_for
def list_communities(_scene: Scene, _person: Person) -> Request:
    return Request("GET", "/v1/communities")


@request_for
def get_community(scene: Scene, _person: Person) -> Request:
    return Request("GET", scene.town.path)


@request_for
def update_community(scene: Scene, _person: Person) -> Request:
    tag = scene.town.owner.tag(scene.town.path)
    return Request("PATCH", scene.town.path, {"name": "Grid"}, tag)


@request_for
def list_audit_entries(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{scene.town.path}/audit-entries")
