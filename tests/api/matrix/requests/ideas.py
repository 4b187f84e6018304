"""Ideas: their texts and authors, what members give them, merging, and what becomes of them."""

from __future__ import annotations

from tests.api.matrix.requests.request import Request, request_for
from tests.api.matrix.scene import Scene
from tests.support.portal import UNKNOWN, Person


@request_for
def list_ideas(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{scene.town.path}/ideas?author=me")


@request_for
def get_idea(scene: Scene, _person: Person) -> Request:
    return Request("GET", scene.idea())


@request_for
def update_idea(scene: Scene, person: Person) -> Request:
    return Request("PATCH", scene.idea(person), {"title": "Grid"}, "*")


@request_for
def delete_idea(scene: Scene, person: Person) -> Request:
    return Request("DELETE", scene.idea(person, posted=False), None, "*")


@request_for
def post_idea(scene: Scene, person: Person) -> Request:
    return Request("POST", f"{scene.idea(person, posted=False)}/post")


@request_for
def withdraw_idea(scene: Scene, person: Person) -> Request:
    return Request("POST", f"{scene.idea(person)}/withdraw")


@request_for
def list_idea_texts(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{scene.idea()}/texts")


@request_for
def compare_idea_texts(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{scene.idea()}/texts/1/changes")


@request_for
def invite_author(scene: Scene, person: Person) -> Request:
    body = {"membership_id": scene.bystander().rsplit("/", 1)[1]}
    return Request("POST", f"{scene.idea(person)}/authors", body)


@request_for
def list_authors(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{scene.idea()}/authors")


@request_for
def decide_authorship(scene: Scene, person: Person) -> Request:
    path = scene.idea()
    membership = person.memberships.get(scene.town.id, UNKNOWN)
    scene.town.owner.call("POST", f"{path}/authors", {"membership_id": membership})
    return Request("PUT", f"{path}/authors/me", {"consents": True})


@request_for
def answer_idea(scene: Scene, _person: Person) -> Request:
    return Request("POST", f"{scene.idea()}/answers", {"state": "planned", "reason": "Yes."})


@request_for
def list_idea_answers(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{scene.idea()}/answers")


@request_for
def get_lineage(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{scene.idea()}/lineage")


# --- what members give it -----------------------------------------------------------------------------


@request_for
def endorse_idea(scene: Scene, _person: Person) -> Request:
    return Request("PUT", f"{scene.idea()}/endorsements/me")


@request_for
def withdraw_endorsement(scene: Scene, person: Person) -> Request:
    path = f"{scene.idea()}/endorsements/me"
    person.call("PUT", path)
    return Request("DELETE", path)


@request_for
def place_dots(scene: Scene, _person: Person) -> Request:
    return Request("PUT", f"{scene.idea(support='dots')}/dots/me", {"dots": 1})


@request_for
def list_supporters(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{scene.idea()}/supporters")


@request_for
def give_opinion(scene: Scene, _person: Person) -> Request:
    return Request("PUT", f"{scene.idea()}/opinions/me", {"opinion": "pass"})


@request_for
def withdraw_opinion(scene: Scene, person: Person) -> Request:
    path = f"{scene.idea()}/opinions/me"
    person.call("PUT", path, {"opinion": "agree"})
    return Request("DELETE", path)


@request_for
def follow_idea(scene: Scene, _person: Person) -> Request:
    return Request("PUT", f"{scene.idea()}/followers/me")


@request_for
def unfollow_idea(scene: Scene, person: Person) -> Request:
    path = f"{scene.idea()}/followers/me"
    person.call("PUT", path)
    return Request("DELETE", path)


# --- merging ------------------------------------------------------------------------------------------


@request_for
def propose_merge(scene: Scene, _person: Person) -> Request:
    body = {"into": scene.idea().rsplit("/", 1)[1], "reason": "So."}
    return Request("POST", f"{scene.idea()}/merges", body)


@request_for
def list_merges(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{scene.merge()[: -len('/') - 36]}")


@request_for
def accept_merge(scene: Scene, person: Person) -> Request:
    return Request("POST", f"{scene.merge(person)}/accept")


@request_for
def refuse_merge(scene: Scene, person: Person) -> Request:
    return Request("POST", f"{scene.merge(person)}/refuse", {"reason": "No."})


@request_for
def retract_merge(scene: Scene, person: Person) -> Request:
    author = None if person is not scene.town.owner else scene.callers["steward"]
    return Request("POST", f"{scene.merge(author, person)}/retract")


@request_for
def decide_merge(scene: Scene, _person: Person) -> Request:
    return Request("POST", f"{scene.merge()}/decide", {"reason": "Enough."})


@request_for
def opt_out_of_merge(scene: Scene, person: Person) -> Request:
    path = scene.merge()
    person.call("PUT", f"{path.split('/merges/')[0]}/endorsements/me")
    scene.town.owner.ok("POST", f"{path}/accept")
    return Request("POST", f"{path}/opt-out")
