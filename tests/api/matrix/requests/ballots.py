"""Ballots from the draft to the result, and what can be looked up about them."""

from __future__ import annotations

from tests.api.matrix.requests.request import Request, request_for
from tests.api.matrix.scene import Scene, draft
from tests.support.portal import Person
from tests.support.secret_voter import registered


@request_for
def list_methods(_scene: Scene, _person: Person) -> Request:
    return Request("GET", "/v1/methods")


@request_for
def list_ballots(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{scene.town.path}/ballots")


@request_for
def get_ballot(scene: Scene, _person: Person) -> Request:
    return Request("GET", scene.ballot())


@request_for
def create_ballot(scene: Scene, _person: Person) -> Request:
    return Request("POST", f"{scene.town.path}/ballots", draft())


@request_for
def preview_count(scene: Scene, _person: Person) -> Request:
    sample = {"method": "plurality", "options": draft()["options"], "votes": [{"choice": "o1"}]}
    return Request("POST", f"{scene.town.path}/ballots/preview-count", sample)


@request_for
def update_ballot(scene: Scene, _person: Person) -> Request:
    path = scene.ballot(opened=False)
    return Request("PATCH", path, {"title": "Grid"}, scene.town.owner.tag(path))


@request_for
def delete_ballot(scene: Scene, _person: Person) -> Request:
    path = scene.ballot(opened=False)
    return Request("DELETE", path, None, scene.town.owner.tag(path))


@request_for
def preview_electorate(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{scene.ballot(opened=False)}/electorate")


@request_for
def open_ballot(scene: Scene, _person: Person) -> Request:
    return Request("POST", f"{scene.ballot(opened=False)}/open")


@request_for
def suspend_ballot(scene: Scene, _person: Person) -> Request:
    return Request("POST", f"{scene.ballot()}/suspend", {"ground": "defect", "reason": "A wrong option."})


@request_for
def resume_ballot(scene: Scene, _person: Person) -> Request:
    path = scene.ballot()
    scene.town.owner.ok("POST", f"{path}/suspend", {"ground": "defect", "reason": "A wrong option."})
    return Request("POST", f"{path}/resume")


@request_for
def get_manifest(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{scene.ballot()}/manifest")


@request_for
def get_turnout(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{scene.ballot()}/turnout")


@request_for
def cast_vote(scene: Scene, _person: Person) -> Request:
    return Request("PUT", f"{scene.ballot()}/votes/me", {"choice": ["mint"]})


@request_for
def issue_credential(scene: Scene, _person: Person) -> Request:
    path = scene.portal.ballot(scene.town, secrecy="secret")
    return Request("POST", f"{path}/credentials", {"blinded_message": "4a" * 256})


@request_for
def cast_secret_vote(scene: Scene, _person: Person) -> Request:
    device = registered(scene.voters[0], scene.portal.ballot(scene.town, secrecy="secret"))
    return Request("PUT", device.path, device.vote(["mint"]))


@request_for
def get_own_vote(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{scene.voted_ballot()}/votes/me")


@request_for
def look_up_receipt(scene: Scene, _person: Person) -> Request:
    path = scene.ballot()
    receipt = scene.voters[0].ok("PUT", f"{path}/votes/me", {"choice": ["mint"]})
    return Request("GET", f"/v1/receipts/{receipt['tracker']}")


@request_for
def get_signing_keys(_scene: Scene, _person: Person) -> Request:
    return Request("GET", "/.well-known/jwks.json")


@request_for
def close_ballot(scene: Scene, _person: Person) -> Request:
    return Request("POST", f"{scene.closed_ballot()}/close")


@request_for
def get_result(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{scene.closed_ballot()}/result")


@request_for
def list_charts(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{scene.closed_ballot()}/result/charts")


@request_for
def draw_chart(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{scene.closed_ballot()}/result/charts/flow.svg")


@request_for
def download_roll(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{scene.ballot()}/roll")


@request_for
def draw_jury(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{scene.closed_ballot()}/jury?size=1")


@request_for
def download_log(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{scene.voted_ballot()}/log")


@request_for
def download_votes(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{scene.closed_ballot()}/votes?format=abif")


@request_for
def preview_count_of_file(scene: Scene, _person: Person) -> Request:
    path = f"{scene.town.path}/ballots/preview-count/file?format=abif"
    return Request("POST", path, "3: mint>lime\n2: lime\n", content_type="text/plain")
