"""Suggestions for the text of a proposal."""

from __future__ import annotations

from tests.api.matrix.requests.request import Request, request_for
from tests.api.matrix.scene import Scene
from tests.support.portal import Person


@request_for
def make_suggestion(scene: Scene, _person: Person) -> Request:
    body = {"title": "Grid", "body": "Better.", "reason": "So."}
    return Request("POST", f"{scene.proposal()}/suggestions", body)


@request_for
def list_suggestions(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{scene.proposal()}/suggestions")


@request_for
def accept_suggestion(scene: Scene, person: Person) -> Request:
    return Request("POST", f"{scene.suggestion(author=person)}/accept", {})


@request_for
def refuse_suggestion(scene: Scene, person: Person) -> Request:
    return Request("POST", f"{scene.suggestion(author=person)}/refuse", {"reason": "No."})


@request_for
def withdraw_suggestion(scene: Scene, person: Person) -> Request:
    return Request("POST", f"{scene.suggestion(maker=person)}/withdraw")
