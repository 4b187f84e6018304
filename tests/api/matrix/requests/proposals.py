"""Proposals from the draft to what becomes of them."""

from __future__ import annotations

from tests.api.matrix.requests.request import Request, request_for
from tests.api.matrix.scene import VETOING, Scene
from tests.support.portal import Person


@request_for
def create_proposal(scene: Scene, _person: Person) -> Request:
    return Request("POST", f"{scene.town.path}/proposals", {"decision_type": "quick", "title": "Matrix"})


@request_for
def list_proposals(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{scene.town.path}/proposals?state=discussion")


@request_for
def get_proposal(scene: Scene, _person: Person) -> Request:
    return Request("GET", scene.proposal())


@request_for
def update_proposal(scene: Scene, person: Person) -> Request:
    return Request("PATCH", scene.proposal("quick", person, submitted=False), {"title": "Grid"}, "*")


@request_for
def submit_proposal(scene: Scene, person: Person) -> Request:
    return Request("POST", f"{scene.proposal('quick', person, submitted=False)}/submit")


@request_for
def withdraw_proposal(scene: Scene, person: Person) -> Request:
    return Request("POST", f"{scene.proposal('quick', person)}/withdraw")


@request_for
def sponsor_proposal(scene: Scene, _person: Person) -> Request:
    return Request("PUT", f"{scene.proposal('petition')}/sponsors/me")


@request_for
def unsponsor_proposal(scene: Scene, person: Person) -> Request:
    path = f"{scene.proposal('petition')}/sponsors/me"
    person.call("PUT", path)
    return Request("DELETE", path)


@request_for
def list_sponsors(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{scene.proposal()}/sponsors")


@request_for
def list_proposal_texts(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{scene.proposal()}/texts")


@request_for
def list_proposal_history(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{scene.proposal()}/history")


@request_for
def classify_proposal(scene: Scene, _person: Person) -> Request:
    return Request("PUT", f"{scene.proposal()}/matters", {"matters": [], "reason": "None."}, "*")


@request_for
def open_vote(scene: Scene, _person: Person) -> Request:
    return Request("POST", f"{scene.proposal()}/open-vote")


@request_for
def consent_to_proposal(scene: Scene, _person: Person) -> Request:
    path = scene.proposal(matters=["trade_marks"])
    scene.town.owner.ok("POST", f"{path}/open-vote")
    return Request("PUT", f"{path}/consents/trade_marks", {"reason": "Yes."})


@request_for
def veto_proposal(scene: Scene, _person: Person) -> Request:
    return Request("POST", f"{scene.vetoable()}/veto", VETOING)


@request_for
def call_override(scene: Scene, _person: Person) -> Request:
    return Request("POST", f"{scene.vetoed()}/override")


@request_for
def rebase_proposal(scene: Scene, person: Person) -> Request:
    article = {"id": "new", "title": "New", "body": "New."}
    operations = [{"op": "add_article", "article": article, "after": None}]
    facts = {"operations": operations, "matters": ["trade_marks"]}
    return Request("POST", f"{scene.passed('stale', 'passing', person, **facts)}/rebase", {})
