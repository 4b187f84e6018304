"""The transparency log, the proof of a receipt, and a ballot's evidence bundle."""

from __future__ import annotations

from tests.api.matrix.requests.request import Request, request_for
from tests.api.matrix.scene import Scene
from tests.support.log import advance
from tests.support.portal import Person


def logged(scene: Scene) -> str:
    """Return the path of the community's log, which has a checkpoint."""
    advance(scene.portal.app, scene.town)
    return f"{scene.town.path}/log"


@request_for
def get_log_checkpoint(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{logged(scene)}/checkpoint")


@request_for
def get_log_tile(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{logged(scene)}/tile/0/000.p/1")


@request_for
def get_log_entries(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{logged(scene)}/tile/entries/000.p/1")


@request_for
def prove_log_inclusion(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{logged(scene)}/proofs/inclusion?index=0")


@request_for
def prove_log_consistency(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{logged(scene)}/proofs/consistency?old=1")


@request_for
def list_log_keys(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{logged(scene)}/keys")


@request_for
def get_ballot_bundle(scene: Scene, _person: Person) -> Request:
    path = scene.closed_ballot()
    logged(scene)
    return Request("GET", f"{path}/bundle")


@request_for
def prove_receipt(scene: Scene, _person: Person) -> Request:
    receipt = scene.voters[0].ok("PUT", f"{scene.ballot()}/votes/me", {"choice": ["mint"]})
    logged(scene)
    return Request("GET", f"/v1/receipts/{receipt['tracker']}/proof")
