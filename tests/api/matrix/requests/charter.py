"""Charters, their versions and amendments."""

from __future__ import annotations

from tests.api.matrix.requests.request import Request, request_for
from tests.api.matrix.scene import Scene
from tests.support.portal import Person


@request_for
def list_charter_templates(_scene: Scene, _person: Person) -> Request:
    return Request("GET", "/v1/charter-templates")


@request_for
def get_charter_template(_scene: Scene, _person: Person) -> Request:
    return Request("GET", "/v1/charter-templates/cooperative")


@request_for
def get_charter(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{scene.town.path}/charter")


@request_for
def list_charter_versions(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{scene.town.path}/charter/versions")


@request_for
def get_charter_version(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{scene.town.path}/charter/versions/1")


@request_for
def compare_charter_versions(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{scene.town.path}/charter/versions/1/diff")


@request_for
def accept_charter(scene: Scene, _person: Person) -> Request:
    return Request("PUT", f"{scene.town.path}/charter/acceptances/me", {"charter_version": 1})


@request_for
def preview_amendment(scene: Scene, _person: Person) -> Request:
    article = {"id": "seasons", "title": "Seasons", "body": "Flavours follow the seasons."}
    operations = [{"op": "add_article", "article": article, "after": None}]
    path = f"{scene.town.path}/charter/preview-amendment"
    return Request("POST", path, {"decision_type": "amendment", "operations": operations})
