"""Comments, replies and reactions."""

from __future__ import annotations

from tests.api.matrix.requests.request import Request, request_for
from tests.api.matrix.scene import Scene
from tests.support.portal import Person

COMMENT = {"body": "Matrix", "stance": "for"}


@request_for
def write_comment(scene: Scene, _person: Person) -> Request:
    return Request("POST", f"{scene.discussed()}/comments", COMMENT)


@request_for
def list_comments(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{scene.discussed()}/comments")


@request_for
def reply_to_comment(scene: Scene, _person: Person) -> Request:
    return Request("POST", f"{scene.comment()}/replies", COMMENT)


@request_for
def list_replies(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{scene.comment()}/replies")


@request_for
def get_comment(scene: Scene, _person: Person) -> Request:
    return Request("GET", scene.comment())


@request_for
def edit_comment(scene: Scene, person: Person) -> Request:
    return Request("PATCH", scene.comment(person), {"body": "Other"}, "*")


@request_for
def withdraw_comment(scene: Scene, person: Person) -> Request:
    return Request("POST", f"{scene.comment(person)}/withdraw")


@request_for
def list_comment_texts(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{scene.comment()}/texts")


@request_for
def react_to_comment(scene: Scene, _person: Person) -> Request:
    return Request("PUT", f"{scene.comment()}/reactions/me", {"kind": "agree"})


@request_for
def unreact_to_comment(scene: Scene, _person: Person) -> Request:
    return Request("DELETE", f"{scene.comment()}/reactions/me")


@request_for
def list_reactions(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{scene.comment()}/reactions")


@request_for
def list_own_mentions(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{scene.town.path}/members/me/mentions")
