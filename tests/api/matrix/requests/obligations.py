"""What a brand says before a vote, what it owes afterwards, and its scorecard."""

from __future__ import annotations

from tests.api.matrix.requests.request import Request, request_for
from tests.api.matrix.scene import PRECOMMITMENT, Scene
from tests.support.portal import Person


@request_for
def record_proposal_precommitment(scene: Scene, _person: Person) -> Request:
    return Request("POST", f"{scene.proposal('petition')}/precommitments", PRECOMMITMENT)


@request_for
def list_proposal_precommitments(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{scene.proposal('petition')}/precommitments")


@request_for
def record_ballot_precommitment(scene: Scene, _person: Person) -> Request:
    path = scene.portal.ballot(scene.town, opened=False, decision_type="binding_vote")
    return Request("POST", f"{path}/precommitments", PRECOMMITMENT)


@request_for
def list_ballot_precommitments(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{scene.ballot()}/precommitments")


@request_for
def list_obligations(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{scene.town.path}/obligations")


@request_for
def get_obligation(scene: Scene, _person: Person) -> Request:
    return Request("GET", scene.obligation_path())


@request_for
def answer_obligation(scene: Scene, _person: Person) -> Request:
    path = scene.obligation_path()
    body = {"verdict": "accepted", "reason": "We looked into it."}
    return Request("POST", f"{path}/answers", body, scene.town.owner.tag(path))


@request_for
def list_answers(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{scene.obligation_path()}/answers")


@request_for
def promise_milestone(scene: Scene, _person: Person) -> Request:
    due_at = scene.town.owner.ok("GET", scene.obligation_path())["milestones"][0]["due_at"]
    body = {"title": "Matrix", "due_at": due_at}
    return Request("POST", f"{scene.obligation_path()}/milestones", body)


@request_for
def list_milestones(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{scene.obligation_path()}/milestones")


@request_for
def get_milestone(scene: Scene, _person: Person) -> Request:
    return Request("GET", scene.milestone_path())


@request_for
def give_evidence(scene: Scene, _person: Person) -> Request:
    return Request("POST", f"{scene.milestone_path()}/evidence", {"note": "Look."})


@request_for
def list_evidence(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{scene.milestone_path()}/evidence")


@request_for
def attest(scene: Scene, _person: Person) -> Request:
    return Request("PUT", f"{scene.milestone_path()}/attestations/me", {"verdict": "confirmed"})


@request_for
def list_attestations(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{scene.milestone_path()}/attestations")


@request_for
def get_scorecard(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{scene.town.path}/scorecard")


@request_for
def get_scorecard_series(scene: Scene, _person: Person) -> Request:
    now = scene.town.owner.ok("GET", f"{scene.town.path}/scorecard")["at"]
    return Request("GET", f"{scene.town.path}/scorecard/series?from={now}")


@request_for
def download_scorecard_series(scene: Scene, _person: Person) -> Request:
    now = scene.town.owner.ok("GET", f"{scene.town.path}/scorecard")["at"]
    return Request("GET", f"{scene.town.path}/scorecard/series.csv?from={now}")
