"""Boards, what is promoted from them, and where opinions meet."""

from __future__ import annotations

from tests.api.matrix.requests.request import Request, request_for
from tests.api.matrix.scene import Scene
from tests.support.portal import Person
from tests.support.workshop import phase


@request_for
def create_board(scene: Scene, _person: Person) -> Request:
    return Request("POST", f"{scene.town.path}/boards", {"title": "Matrix", "phases": [phase()]})


@request_for
def list_boards(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{scene.town.path}/boards")


@request_for
def get_board(scene: Scene, _person: Person) -> Request:
    return Request("GET", scene.board())


@request_for
def update_board(scene: Scene, person: Person) -> Request:
    return Request("PATCH", scene.board(), {"title": f"Grid of {person.name}"}, "*")


@request_for
def create_idea(scene: Scene, _person: Person) -> Request:
    return Request("POST", f"{scene.board()}/ideas", {"title": "Matrix"})


@request_for
def list_board_ideas(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{scene.board()}/ideas?sort=fair&q=matrix")


@request_for
def find_similar_ideas(scene: Scene, _person: Person) -> Request:
    return Request("POST", f"{scene.board()}/similar-ideas", {"title": "Matrix"})


@request_for
def promote_ideas(scene: Scene, _person: Person) -> Request:
    ideas = [scene.idea().rsplit("/", 1)[1] for _ in range(2)]
    body = {"idea_ids": ideas, "to": "ballot", "decision_type": "product_vote"}
    return Request("POST", f"{scene.board()}/promotions", body)


@request_for
def list_promotions(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{scene.board()}/promotions")


@request_for
def compute_consensus(scene: Scene, _person: Person) -> Request:
    return Request("POST", f"{scene.board()}/consensus")


@request_for
def get_consensus(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{scene.grouped()}/consensus")


@request_for
def list_consensus_ideas(scene: Scene, _person: Person) -> Request:
    path = scene.grouped()
    number = scene.town.owner.ok("GET", f"{path}/consensus")["number"]
    return Request("GET", f"{path}/consensus/{number}/ideas")
