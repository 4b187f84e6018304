"""Delegations, delegates, and what delegation comes to in a ballot."""

from __future__ import annotations

from typing import Any

from tests.api.matrix.requests.request import Request, request_for
from tests.api.matrix.scene import Scene
from tests.support.portal import Person


def _wanted(scene: Scene) -> dict[str, Any]:
    """Return a delegation to somebody nobody has delegated to before."""
    return {"scope": "community", "delegate_id": scene.bystander("member").rpartition("/")[2]}


def _given(scene: Scene, person: Person) -> str:
    """Return the path of a delegation: the person's own, where they may give any."""
    path = f"{scene.town.path}/delegations"
    made = person.call("POST", path, _wanted(scene))
    if made.status_code != 201:
        made = scene.portal.join(scene.town).call("POST", path, _wanted(scene))
    return f"{path}/{made.get_json()['id']}"


@request_for
def give_delegation(scene: Scene, _person: Person) -> Request:
    return Request("POST", f"{scene.town.path}/delegations", _wanted(scene))


@request_for
def list_delegations(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{scene.town.path}/delegations")


@request_for
def get_delegation(scene: Scene, person: Person) -> Request:
    return Request("GET", _given(scene, person))


@request_for
def revoke_delegation(scene: Scene, person: Person) -> Request:
    return Request("DELETE", _given(scene, person))


@request_for
def list_delegates(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{scene.town.path}/delegates")


@request_for
def get_own_delegate_statement(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{scene.town.path}/delegates/me")


@request_for
def get_delegate(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{scene.town.path}/delegates/{scene.bystander().rpartition('/')[2]}")


@request_for
def state_as_delegate(scene: Scene, _person: Person) -> Request:
    return Request("PUT", f"{scene.town.path}/delegates/me", {"stance": "accepting"}, "*")


@request_for
def get_own_weight(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{scene.liquid_ballot()}/delegations/me")


@request_for
def download_delegations(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{scene.closed_liquid_ballot()}/delegations")
