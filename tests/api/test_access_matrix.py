"""Who gets which answer from which operation, against a table written by hand.

The table knows nothing of the permission map: an operation that is added without a row here fails, and so
does a permission that moves.
"""

from __future__ import annotations

import functools
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from werkzeug.test import TestResponse

from app import create_app
from app.config import Settings
from app.db.units import Units
from app.http.operation import AUTHENTICATED, PUBLIC
from tests.support import journal
from tests.support.charters import VETO, proposal, with_types
from tests.support.databases import KINDS
from tests.support.portal import PASSWORD, Person, Portal, Town

#: An outsider has an account and nothing to do with the community; ``left`` was a member; ``bare`` is a member
#: from whom every role was taken.
CALLERS = ("visitor", "hostile", "outsider", "left", "bare", "member", "steward", "brand_owner", "auditor")

ROWS = """
                     visitor hostile outsider left bare member steward brand_owner auditor
register_account     201     201     201      201  201  201    201     201         201
sign_in              201     201     201      201  201  201    201     201         201
refresh_session      200     200     200      200  200  200    200     200         200
look_up_receipt      200     200     200      200  200  200    200     200         200
list_methods         200     200     200      200  200  200    200     200         200
get_signing_keys     200     200     200      200  200  200    200     200         200
list_charter_templates 200   200     200      200  200  200    200     200         200
get_charter_template 200     200     200      200  200  200    200     200         200

get_own_account      401     401     200      200  200  200    200     200         200
update_own_account   401     401     200      200  200  200    200     200         200
change_own_password  401     401     204      204  204  204    204     204         204
export_own_account   401     401     200      200  200  200    200     200         200
list_sessions        401     401     200      200  200  200    200     200         200
sign_out             401     401     204      204  204  204    204     204         204
end_session          401     401     204      204  204  204    204     204         204
found_community      401     401     201      201  201  201    201     201         201
list_communities     401     401     200      200  200  200    200     200         200
join_community       401     401     201      201  409  409    409     409         409

get_community        401     401     404      404  403  200    200     200         200
update_community     401     401     404      404  403  403    403     200         403
leave_community      401     401     404      404  204  204    204     204         204
get_own_membership   401     401     404      404  200  200    200     200         200
list_members         401     401     404      404  403  200    200     200         200
get_member           401     401     404      404  403  200    200     200         200
create_invitation    401     401     404      404  403  403    201     201         403
list_invitations     401     401     404      404  403  403    200     200         200
revoke_invitation    401     401     404      404  403  403    204     204         403
grant_role           401     401     404      404  403  403    403     201         403
revoke_role          401     401     404      404  403  403    403     200         403
get_holding          401     401     404      404  403  403    200     200         200
set_holding          401     401     404      404  403  403    403     200         403

get_charter          401     401     404      404  403  200    200     200         200
list_charter_versions 401    401     404      404  403  200    200     200         200
get_charter_version  401     401     404      404  403  200    200     200         200
compare_charter_versions 401 401     404      404  403  200    200     200         200
accept_charter       401     401     404      404  403  200    200     200         403
preview_amendment    401     401     404      404  403  200    200     200         200

list_ballots         401     401     404      404  403  200    200     200         200
get_ballot           401     401     404      404  403  200    200     200         200
create_ballot        401     401     404      404  403  403    201     201         403
preview_count        401     401     404      404  403  403    200     200         403
update_ballot        401     401     404      404  403  403    200     200         403
delete_ballot        401     401     404      404  403  403    204     204         403
open_ballot          401     401     404      404  403  403    200     200         403
suspend_ballot       401     401     404      404  403  403    200     200         403
resume_ballot        401     401     404      404  403  403    200     200         403
get_manifest         401     401     404      404  403  200    200     200         200
get_turnout          401     401     404      404  403  200    200     200         200
cast_vote            401     401     404      404  403  201    403     403         403
get_own_vote         401     401     404      404  403  200    403     403         403
close_ballot         401     401     404      404  403  200    200     200         403
get_result           401     401     404      404  403  200    200     200         200
list_charts          401     401     404      404  403  200    200     200         200
draw_chart           401     401     404      404  403  200    200     200         200
download_log         401     401     404      404  403  200    200     200         200
download_roll        401     401     404      404  403  200    200     200         200
draw_jury            401     401     404      404  403  200    200     200         200
record_proposal_precommitment 401 401    404      404  403  403    403     201         403
list_proposal_precommitments 401 401     404      404  403  200    200     200         200
record_ballot_precommitment 401  401     404      404  403  403    403     201         403
list_ballot_precommitments 401   401     404      404  403  200    200     200         200
list_obligations     401     401     404      404  403  200    200     200         200
get_obligation       401     401     404      404  403  200    200     200         200
answer_obligation    401     401     404      404  403  403    403     201         403
list_answers         401     401     404      404  403  200    200     200         200
promise_milestone    401     401     404      404  403  403    403     201         403
list_milestones      401     401     404      404  403  200    200     200         200
get_milestone        401     401     404      404  403  200    200     200         200
give_evidence        401     401     404      404  403  403    403     201         403
list_evidence        401     401     404      404  403  200    200     200         200
attest               401     401     404      404  403  201    403     403         403
list_attestations    401     401     404      404  403  200    200     200         200
get_scorecard        401     401     404      404  403  200    200     200         200
get_scorecard_series 401     401     404      404  403  200    200     200         200
download_scorecard_series 401 401    404      404  403  200    200     200         200

create_proposal      401     401     404      404  403  201    201     201         403
list_proposals       401     401     404      404  403  200    200     200         200
get_proposal         401     401     404      404  403  200    200     200         200
update_proposal      401     401     404      404  403  200    200     200         403
submit_proposal      401     401     404      404  403  200    200     200         403
withdraw_proposal    401     401     404      404  403  200    200     200         403
sponsor_proposal     401     401     404      404  403  200    403     403         403
unsponsor_proposal   401     401     404      404  403  200    200     200         403
list_sponsors        401     401     404      404  403  200    200     200         200
list_proposal_texts  401     401     404      404  403  200    200     200         200
list_proposal_history 401    401     404      404  403  200    200     200         200
make_suggestion      401     401     404      404  403  201    201     201         403
list_suggestions     401     401     404      404  403  200    200     200         200
accept_suggestion    401     401     404      404  403  200    200     200         403
refuse_suggestion    401     401     404      404  403  200    200     200         403
withdraw_suggestion  401     401     404      404  403  200    200     200         403
classify_proposal    401     401     404      404  403  403    200     200         403
open_vote            401     401     404      404  403  200    200     200         403
consent_to_proposal  401     401     404      404  403  403    403     200         403
veto_proposal        401     401     404      404  403  403    403     200         403
call_override        401     401     404      404  403  200    403     403         403
rebase_proposal      401     401     404      404  403  200    200     200         403

list_audit_entries   401     401     404      404  403  403    403     403         200
"""
TABLE: dict[str, dict[str, int]] = {
    line.split()[0]: dict(zip(CALLERS, map(int, line.split()[1:]), strict=True))
    for line in ROWS.splitlines()
    if line and not line.startswith(" ")
}

#: What answers without being an operation: probes, documents and their files.
PAGES = {"/livez", "/readyz", "/openapi.json", "/docs", "/problems"}

UNKNOWN = "00000000-0000-7000-8000-000000000000"

PRECOMMITMENT = {"undertaking": "We brew it.", "within": "P30D"}
VETOING = {"ground": "unaffordable", "reason": "Too dear."}


def _charter() -> dict[str, Any]:
    """Return the wide charter with types whose votes are over in a second."""
    override = VETO["override"] | {"cooling": "PT0S"}
    amends = {"for": "amendment", "amends": ["articles"], "binding_level": "binding"}
    charter = with_types(
        proposal("brief", voting_period="PT1S", veto=VETO),
        proposal("passing", voting_period="PT1S", **amends),
    )
    for each in charter["decision_types"]:
        if each.get("veto"):
            each["veto"] = VETO | {"override": override, "yearly_quota": 100}
    return charter


@dataclass
class Request:
    """A request in which nothing is wrong but, perhaps, who sends it."""

    method: str
    path: str
    body: Any = None
    if_match: str | None = None

    def send(self, person: Person) -> TestResponse:
        options = {} if self.if_match is None else {"if_match": self.if_match}
        return person.call(self.method, self.path, self.body, **options)


class Scene:
    """A community with one caller of each kind, and fresh things to act on."""

    def __init__(self, portal: Portal, units: Units) -> None:
        self.portal = portal
        self.units = units
        self.town = portal.town(name="Matrix", charter=_charter())
        self.voters: list[Person] = []
        self.owed: dict[str, Any] | None = None
        self.window: str | None = None
        self.struck: str | None = None
        self.callers = {kind: self.fresh(kind) for kind in CALLERS}

    def fresh(self, kind: str) -> Person:
        """Return a new caller of a kind."""
        if kind == "visitor":
            return Person(self.portal.app, "visitor")
        if kind == "hostile":
            victim = self.portal.person()
            return Person(self.portal.app, "hostile", token=victim.token[:-8] + "AAAAAAAA")
        if kind == "outsider":
            return self.portal.person()
        roles = {kind} - {"left", "bare", "member"}
        person = self.portal.join(self.town, *roles)
        if kind == "left":
            person.ok("DELETE", f"{self.town.path}/members/me")
        elif kind == "bare":
            path = f"{self.town.path}/members/{person.memberships[self.town.id]}/roles/member"
            self.town.owner.ok("DELETE", path)
        elif kind == "member":
            self.voters.append(person)
        return person

    def account_of(self, person: Person) -> Person:
        """Return somebody with an account: the caller or, for a visitor, a bystander."""
        return person if person.email else self.portal.person()

    def ballot(self, **facts: Any) -> str:
        return self.portal.ballot(self.town, vote_change=False, early_close=True, **facts)

    def full_ballot(self) -> str:
        """Return an open ballot in which everyone on the roll has voted."""
        return self.voted(self.ballot())

    def voted(self, path: str) -> str:
        """Have everyone on the roll vote in an open ballot."""
        for voter in list(self.voters):
            answer = voter.call("PUT", f"{path}/votes/me", {"choice": ["mint"]})
            if answer.status_code == 401 and voter.email:  # an earlier request of theirs signed them out
                credentials = {"email": voter.email, "password": PASSWORD}
                voter.token = self.portal.visitor.ok("POST", "/v1/sessions", credentials)["access_token"]
                voter.ok("PUT", f"{path}/votes/me", {"choice": ["mint"]})
            elif answer.status_code in {401, 403, 404}:  # they left, or never came in
                self.voters.remove(voter)
        return path

    def closed_ballot(self) -> str:
        path = self.full_ballot()
        self.town.owner.ok("POST", f"{path}/close")
        return path

    def obligation(self) -> dict[str, Any]:
        """Return an obligation of which evidence was just given for the first promise."""
        owner = self.town.owner
        if self.owed is None:
            facts = {"decision_type": "binding_vote", "vote_change": False, "early_close": True}
            path = self.portal.ballot(self.town, opened=False, **facts)
            owner.ok("POST", f"{path}/precommitments", PRECOMMITMENT)
            owner.ok("POST", f"{path}/open")
            owner.ok("POST", f"{self.voted(path)}/close")
            self.owed = owner.ok("GET", f"{self.town.path}/obligations")["items"][0]
        milestone = f"{self.town.path}/milestones/{self.owed['milestones'][0]['id']}"
        owner.ok("POST", f"{milestone}/evidence", {"note": "Look."})
        return self.owed

    def obligation_path(self) -> str:
        return f"{self.town.path}/obligations/{self.obligation()['id']}"

    def milestone_path(self) -> str:
        return f"{self.town.path}/milestones/{self.obligation()['milestones'][0]['id']}"

    def proposal(
        self,
        decision_type: str = "quick",
        author: Person | None = None,
        *,
        submitted: bool = True,
        **facts: Any,
    ) -> str:
        """Return a proposal's path: the author's, where they may raise any, else the owner's."""
        path = f"{self.town.path}/proposals"
        body = {"decision_type": decision_type, "title": "Matrix"} | facts
        raised = (author or self.town.owner).call("POST", path, body)
        if raised.status_code != 201:
            author, raised = None, self.town.owner.call("POST", path, body)
        path = f"{path}/{raised.get_json()['id']}"
        if submitted:
            (author or self.town.owner).ok("POST", f"{path}/submit")
        return path

    def passed(self, state: str, decision_type: str, author: Person | None = None, **facts: Any) -> str:
        """Return a proposal that passed, a second ago, in the state that follows."""
        path, owner = self.proposal(decision_type, author, **facts), self.town.owner
        opened = owner.ok("POST", f"{path}/open-vote")
        voter = next(each for each in self.voters if each.call("GET", path).status_code == 200)
        voter.ok("PUT", f"{self.town.path}/ballots/{opened['ballot_id']}/votes/me", {"choice": "for"})
        while (found := owner.ok("GET", path)["state"]) == "voting":
            time.sleep(0.05)
        assert found == state
        return path

    def vetoable(self) -> str:
        """Return a proposal in its veto window, the same until somebody vetoes it."""
        if self.window is None or self.town.owner.ok("GET", self.window)["state"] != "veto_window":
            self.window = self.passed("veto_window", "brief")
        return self.window

    def vetoed(self) -> str:
        """Return a vetoed proposal, the same until somebody calls an override."""
        if self.struck is None or self.town.owner.ok("GET", self.struck)["state"] != "vetoed":
            self.struck = self.passed("veto_window", "brief")
            self.town.owner.ok("POST", f"{self.struck}/veto", VETOING)
        return self.struck

    def suggestion(self, author: Person | None = None, maker: Person | None = None) -> str:
        """Return the path of a suggestion for a proposal, each by whoever is named if they may."""
        path = f"{self.proposal('quick', author)}/suggestions"
        body = {"title": "Grid", "body": "Better.", "reason": "So."}
        made = (maker or self.town.owner).call("POST", path, body)
        if made.status_code != 201:
            made = self.town.owner.call("POST", path, body)
        return f"{path}/{made.get_json()['id']}"

    def bystander(self) -> str:
        """Return the path of a member whom nobody else's request concerns."""
        person = self.portal.join(self.town, "steward")
        return f"{self.town.path}/members/{person.memberships[self.town.id]}"


def _tag(person: Person, path: str) -> str:
    return person.call("GET", path).headers["ETag"]


def _draft() -> dict[str, Any]:
    return {
        "kind": "general",
        "title": "Matrix",
        "method": "plurality",
        "options": [{"title": "Mint"}, {"title": "Lime"}],
        "voting_period": "P1D",
    }


#: How to make the right request for each operation: (scene, who will send it) -> request.
REQUESTS: dict[str, Callable[[Scene, Person], Request]] = {}


def request_for(function: Callable[[Scene, Person], Request]) -> Callable[[Scene, Person], Request]:
    REQUESTS[function.__name__] = function
    return function


@request_for
def register_account(_scene: Scene, _person: Person) -> Request:
    email = f"{uuid.uuid4().hex}@example.org"
    return Request("POST", "/v1/accounts", {"email": email, "password": PASSWORD, "display_name": "Ada"})


@request_for
def sign_in(scene: Scene, person: Person) -> Request:
    email = scene.account_of(person).email
    return Request("POST", "/v1/sessions", {"email": email, "password": PASSWORD})


@request_for
def refresh_session(scene: Scene, _person: Person) -> Request:
    token = scene.portal.person().refresh_token
    return Request("POST", "/v1/sessions/refresh", {"refresh_token": token})


@request_for
def look_up_receipt(scene: Scene, _person: Person) -> Request:
    path = scene.ballot()
    receipt = scene.voters[0].ok("PUT", f"{path}/votes/me", {"choice": ["mint"]})
    return Request("GET", f"/v1/receipts/{receipt['tracker']}")


@request_for
def list_methods(_scene: Scene, _person: Person) -> Request:
    return Request("GET", "/v1/methods")


@request_for
def get_signing_keys(_scene: Scene, _person: Person) -> Request:
    return Request("GET", "/.well-known/jwks.json")


@request_for
def get_own_account(_scene: Scene, _person: Person) -> Request:
    return Request("GET", "/v1/accounts/me")


@request_for
def update_own_account(_scene: Scene, _person: Person) -> Request:
    return Request("PATCH", "/v1/accounts/me", {"display_name": "Grace"}, "*")


@request_for
def change_own_password(_scene: Scene, _person: Person) -> Request:
    return Request(
        "PUT", "/v1/accounts/me/password", {"current_password": PASSWORD, "new_password": PASSWORD}
    )


@request_for
def export_own_account(_scene: Scene, _person: Person) -> Request:
    return Request("GET", "/v1/accounts/me/export")


@request_for
def list_sessions(_scene: Scene, _person: Person) -> Request:
    return Request("GET", "/v1/sessions")


@request_for
def sign_out(_scene: Scene, _person: Person) -> Request:
    return Request("DELETE", "/v1/sessions/current")


@request_for
def end_session(scene: Scene, person: Person) -> Request:
    credentials = {"email": scene.account_of(person).email, "password": PASSWORD}
    made = scene.portal.visitor.ok("POST", "/v1/sessions", credentials)
    return Request("DELETE", f"/v1/sessions/{made['session_id']}")


@request_for
def found_community(_scene: Scene, _person: Person) -> Request:
    return Request("POST", "/v1/communities", {"slug": f"m-{uuid.uuid4().hex}", "name": "Another"})


@request_for
def list_communities(_scene: Scene, _person: Person) -> Request:
    return Request("GET", "/v1/communities")


@request_for
def join_community(scene: Scene, person: Person) -> Request:
    scene.voters.append(person)
    return Request("POST", f"{scene.town.path}/members", {})


@request_for
def get_community(scene: Scene, _person: Person) -> Request:
    return Request("GET", scene.town.path)


@request_for
def update_community(scene: Scene, _person: Person) -> Request:
    tag = _tag(scene.town.owner, scene.town.path)
    return Request("PATCH", scene.town.path, {"name": "Grid"}, tag)


@request_for
def leave_community(scene: Scene, _person: Person) -> Request:
    return Request("DELETE", f"{scene.town.path}/members/me")


@request_for
def get_own_membership(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{scene.town.path}/members/me")


@request_for
def list_members(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{scene.town.path}/members")


@request_for
def get_member(scene: Scene, _person: Person) -> Request:
    return Request("GET", scene.bystander())


@request_for
def create_invitation(scene: Scene, _person: Person) -> Request:
    return Request("POST", f"{scene.town.path}/invitations", {})


@request_for
def list_invitations(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{scene.town.path}/invitations")


@request_for
def revoke_invitation(scene: Scene, _person: Person) -> Request:
    made = scene.town.owner.ok("POST", f"{scene.town.path}/invitations", {})
    return Request("DELETE", f"{scene.town.path}/invitations/{made['id']}")


@request_for
def grant_role(scene: Scene, _person: Person) -> Request:
    return Request("POST", f"{scene.bystander()}/roles", {"role": "brand_owner"})


@request_for
def revoke_role(scene: Scene, _person: Person) -> Request:
    return Request("DELETE", f"{scene.bystander()}/roles/steward")


@request_for
def get_holding(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{scene.bystander()}/holding")


@request_for
def set_holding(scene: Scene, _person: Person) -> Request:
    path = f"{scene.bystander()}/holding"
    return Request("PUT", path, {"amount": 5}, _tag(scene.town.owner, path))


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


@request_for
def list_ballots(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{scene.town.path}/ballots")


@request_for
def get_ballot(scene: Scene, _person: Person) -> Request:
    return Request("GET", scene.ballot())


@request_for
def create_ballot(scene: Scene, _person: Person) -> Request:
    return Request("POST", f"{scene.town.path}/ballots", _draft())


@request_for
def preview_count(scene: Scene, _person: Person) -> Request:
    sample = {"method": "plurality", "options": _draft()["options"], "votes": [{"choice": "o1"}]}
    return Request("POST", f"{scene.town.path}/ballots/preview-count", sample)


@request_for
def update_ballot(scene: Scene, _person: Person) -> Request:
    path = scene.ballot(opened=False)
    return Request("PATCH", path, {"title": "Grid"}, _tag(scene.town.owner, path))


@request_for
def delete_ballot(scene: Scene, _person: Person) -> Request:
    path = scene.ballot(opened=False)
    return Request("DELETE", path, None, _tag(scene.town.owner, path))


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
def get_own_vote(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{scene.full_ballot()}/votes/me")


@request_for
def close_ballot(scene: Scene, _person: Person) -> Request:
    return Request("POST", f"{scene.full_ballot()}/close")


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
    return Request("GET", f"{scene.full_ballot()}/log")


@request_for
def record_proposal_precommitment(scene: Scene, _person: Person) -> Request:
    return Request("POST", f"{_petition(scene)}/precommitments", PRECOMMITMENT)


@request_for
def list_proposal_precommitments(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{_petition(scene)}/precommitments")


def _petition(scene: Scene) -> str:
    """Return the path of a proposal that has been put to the community."""
    facts = {"decision_type": "petition", "title": "Matrix"}
    made = scene.town.owner.ok("POST", f"{scene.town.path}/proposals", facts)
    path = f"{scene.town.path}/proposals/{made['id']}"
    scene.town.owner.ok("POST", f"{path}/submit")
    return path


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
    return Request("POST", f"{path}/answers", body, _tag(scene.town.owner, path))


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


@request_for
def list_audit_entries(scene: Scene, _person: Person) -> Request:
    return Request("GET", f"{scene.town.path}/audit-entries")


#: After these the caller is not what they were.
DISPOSABLE = {"leave_community", "sign_out", "join_community", "change_own_password"}


@pytest.fixture(scope="module", params=KINDS)
def scene(request, templates, tmp_path_factory):
    """One community a database for the whole table."""
    url = templates.database(request.param, tmp_path_factory.mktemp("matrix"))
    app = create_app(
        Settings.from_environment(
            {
                "ALTHING_ENV": "test",
                "ALTHING_DATABASE_URL": url,
                "ALTHING_SECRET_KEY": "a-secret-for-tests-0123456789-abcdef",
                "ALTHING_ARGON2_MEMORY_KIB": "8",
                "ALTHING_ARGON2_PASSES": "1",
                "ALTHING_WORKER": "off",
                "ALTHING_LOG_LEVEL": "error",
            }
        )
    )
    units = app.extensions["althing.units"]
    yield Scene(Portal(app), units)
    units.dispose()


@pytest.fixture
def operations(app):
    return app.extensions["althing.api"].operations


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_every_operation_has_a_row_and_a_request(operations):
    assert set(TABLE) == set(operations)
    assert set(REQUESTS) == set(operations)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_nothing_answers_that_is_neither_an_operation_nor_a_known_page(app, operations):
    ruled = {operation.rule for operation in operations.values()}
    others = {rule.rule for rule in app.url_map.iter_rules()} - ruled
    below = tuple(f"{page}/" for page in PAGES)
    assert {rule for rule in others if not rule.startswith(below)} == PAGES
    for rule in app.url_map.iter_rules():
        assert rule.rule in ruled or rule.methods <= {"GET", "HEAD", "OPTIONS"}


@pytest.mark.parametrize("name", TABLE)
def test_each_caller_gets_the_answer_of_the_table(name, scene):
    answers = {}
    for kind, expected in TABLE[name].items():
        person = scene.fresh(kind) if name in DISPOSABLE else scene.callers[kind]
        request = REQUESTS[name](scene, person)
        before = journal.everything(scene.units)
        answer = request.send(person)
        answers[kind] = answer.status_code
        if expected >= 400:
            assert journal.everything(scene.units) == before, (kind, "left a trace")
            assert answer.content_type == "application/problem+json"
    assert answers == TABLE[name]


INSIDE = [name for name, row in TABLE.items() if row["outsider"] == 404]


@pytest.mark.parametrize("name", INSIDE)
def test_an_outsider_cannot_tell_a_community_from_none(name, scene):
    outsider = scene.callers["outsider"]
    request = REQUESTS[name](scene, outsider)
    real = request.send(outsider)
    request.path = request.path.replace(scene.town.id, UNKNOWN)
    unknown = request.send(outsider)
    assert real.status_code == unknown.status_code == 404
    assert told(real) == told(unknown)


def told(answer: TestResponse) -> tuple[Any, Any]:
    """Return what an answer tells, without what names the request itself."""
    body = answer.get_json()
    problem = {name: value for name, value in body.items() if name not in {"instance", "request_id"}}
    headers = {
        name: value for name, value in answer.headers if name not in {"X-Request-Id", "Content-Length"}
    }
    return problem, headers


def test_of_all_that_changes_something_an_auditor_may_only_leave(scene):
    operations = scene.portal.app.extensions["althing.api"].operations
    inside = [o for o in operations.values() if o.permission not in {PUBLIC, AUTHENTICATED}]
    written = {o.operation_id for o in inside if not o.reads and TABLE[o.operation_id]["auditor"] < 400}
    # Nobody is kept in a community against their will; and a result that an auditor reads is counted by the
    # service, whose entry names no actor (the audit walk shows that).
    assert written == {"leave_community", "get_result", "list_charts", "draw_chart", "draw_jury"}


# --- raising oneself ----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["bare", "member", "steward", "brand_owner", "auditor"])
@pytest.mark.parametrize("role", ["member", "steward", "brand_owner", "auditor"])
def test_nobody_gives_themselves_a_role(scene, kind, role):
    person, town = scene.fresh(kind), scene.town
    own = f"{town.path}/members/{person.memberships[town.id]}"
    held = town.owner.ok("GET", own)["roles"]
    answer = person.call("POST", f"{own}/roles", {"role": role})
    assert answer.status_code == 403
    assert town.owner.ok("GET", own)["roles"] == held


@pytest.mark.parametrize("role", ["steward", "brand_owner", "auditor"])
def test_a_steward_does_not_invite_into_power(scene, role):
    path = f"{scene.town.path}/invitations"
    scene.callers["steward"].refused(403, "forbidden", "POST", path, {"role": role})


def test_an_insider_gains_nothing_from_an_invitation(scene):
    town, person = scene.town, scene.callers["member"]
    made = town.owner.ok("POST", f"{town.path}/invitations", {"role": "brand_owner"})
    code = {"invitation_code": made["code"]}
    person.refused(409, "already-member", "POST", f"{town.path}/members", code)
    listed = scene.callers["auditor"].ok("GET", f"{town.path}/invitations?limit=100")["items"]
    assert next(one["uses"] for one in listed if one["id"] == made["id"]) == 0
    assert person.ok("GET", f"{town.path}/members/me")["roles"] == ["member"]


def test_an_auditor_is_given_no_other_role(scene):
    town, auditor = scene.town, scene.callers["auditor"]
    path = f"{town.path}/members/{auditor.memberships[town.id]}/roles"
    for role in ("member", "steward", "brand_owner"):
        town.owner.refused(409, "auditor-is-exclusive", "POST", path, {"role": role})


# --- powers that end ----------------------------------------------------------------------------------


def test_a_role_that_was_taken_is_gone_at_the_next_request(scene):
    town, steward = scene.town, scene.fresh("steward")
    path = f"{town.path}/members/{steward.memberships[town.id]}/roles/steward"
    steward.ok("POST", f"{town.path}/ballots", _draft())
    town.owner.ok("DELETE", path)
    steward.refused(403, "forbidden", "POST", f"{town.path}/ballots", _draft())


def test_a_voter_whose_role_was_taken_votes_no_more_though_the_roll_names_them(scene):
    town, voter = scene.town, scene.fresh("member")
    path = scene.portal.ballot(town)
    voter.ok("PUT", f"{path}/votes/me", {"choice": ["mint"]})
    town.owner.ok("DELETE", f"{town.path}/members/{voter.memberships[town.id]}/roles/member")
    voter.refused(403, "forbidden", "PUT", f"{path}/votes/me", {"choice": ["lime"]})
    scene.voters.remove(voter)


@pytest.mark.parametrize("end", ["sign_out", "end_session", "password", "reuse"])
def test_a_session_that_has_ended_is_refused_at_the_next_request_also_when_casting(scene, end):
    town, voter = scene.town, scene.fresh("member")
    path = f"{scene.portal.ballot(town)}/votes/me"
    visitor = scene.portal.visitor
    voter.ok("PUT", path, {"choice": ["mint"]})  # the token is remembered as verified from here on
    credentials = {"email": voter.email, "password": PASSWORD}
    if end == "sign_out":
        voter.ok("DELETE", "/v1/sessions/current")
    elif end == "reuse":
        for status in (200, 401):
            spent = {"refresh_token": voter.refresh_token}
            assert visitor.call("POST", "/v1/sessions/refresh", spent).status_code == status
    else:
        signed_in = visitor.ok("POST", "/v1/sessions", credentials)
        elsewhere = Person(voter.app, "elsewhere", token=signed_in["access_token"])
        if end == "password":
            change = {"current_password": PASSWORD, "new_password": PASSWORD}
            elsewhere.ok("PUT", "/v1/accounts/me/password", change)
        else:
            sessions = elsewhere.ok("GET", "/v1/sessions")["items"]
            ended = next(one["id"] for one in sessions if not one["current"])
            elsewhere.ok("DELETE", f"/v1/sessions/{ended}")
    before = journal.everything(scene.units)
    voter.refused(401, "invalid-token", "PUT", path, {"choice": ["lime"]})
    voter.refused(401, "invalid-token", "GET", town.path)
    voter.refused(401, "invalid-token", "GET", "/v1/accounts/me")
    assert journal.everything(scene.units) == before
    voter.token = visitor.ok("POST", "/v1/sessions", credentials)["access_token"]
    assert voter.ok("PUT", path, {"choice": ["lime"]})["revision"] == 2


# --- the last brand owner -----------------------------------------------------------------------------


def test_the_last_brand_owner_neither_leaves_nor_lays_the_role_down(portal):
    town = portal.town()
    own = town.owner.ok("GET", f"{town.path}/members/me")["id"]
    town.owner.refused(409, "last-brand-owner", "DELETE", f"{town.path}/members/me")
    town.owner.refused(409, "last-brand-owner", "DELETE", f"{town.path}/members/{own}/roles/brand_owner")
    assert town.owner.ok("GET", f"{town.path}/members/me")["roles"] == ["brand_owner"]


@pytest.mark.parametrize("way", ["leave", "revoke each other", "revoke oneself", "leave and revoke"])
def test_two_owners_who_race_to_go_leave_one_behind(portal, way):
    town = portal.town()
    owners = [town.owner, portal.join(town, "brand_owner")]
    for _round in range(5):
        members = [owner.ok("GET", f"{town.path}/members/me")["id"] for owner in owners]
        leave = f"{town.path}/members/me"
        revoke = [f"{town.path}/members/{member}/roles/brand_owner" for member in members]
        paths = {
            "leave": [leave, leave],
            "revoke each other": [revoke[1], revoke[0]],
            "revoke oneself": revoke,
            "leave and revoke": [leave, revoke[1]],
        }[way]
        statuses = at_once(
            [functools.partial(owner.call, "DELETE", path) for owner, path in zip(owners, paths, strict=True)]
        )
        assert sum(status < 300 for status in statuses) == 1, statuses
        assert {status for status in statuses if status >= 300} <= {403, 404, 409}
        remaining = [owner for owner in owners if "brand_owner" in roles_of(owner, town)]
        assert len(remaining) == 1
        owners = [remaining[0], portal.person()]
        rejoin(owners, town)


def at_once(calls: list[Callable[[], TestResponse]]) -> list[int]:
    """Make calls on threads of their own, all at one moment, and return their statuses."""
    barrier, statuses = threading.Barrier(len(calls)), []

    def make(call: Callable[[], TestResponse]) -> None:
        barrier.wait()
        statuses.append(call().status_code)

    threads = [threading.Thread(target=make, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return statuses


def roles_of(person: Person, town: Town) -> list[str]:
    answer = person.call("GET", f"{town.path}/members/me")
    return answer.get_json()["roles"] if answer.status_code == 200 else []


def rejoin(owners: list[Person], town: Town) -> None:
    code = owners[0].ok("POST", f"{town.path}/invitations", {"role": "brand_owner"})["code"]
    owners[1].ok("POST", f"{town.path}/members", {"invitation_code": code})
