"""Every operation that changes something writes one audit entry when it succeeds, and none when it does not.

The operations are taken from the API itself: one that is added without a walk here fails.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import re
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import marshmallow as ma
import pytest
from werkzeug.test import TestResponse

from app.http.fields import String
from app.http.logging import configure_logging
from app.http.operation import AUTHENTICATED, PUBLIC, Operation
from tests.support import debts, journal
from tests.support.charters import VETO, proposal, standalone, with_types
from tests.support.portal import PASSWORD, Person, Portal, Town
from tests.support.versions import second_version

#: Stands in every text that a person may write; none of it may reach the audit log or a log line.
CANARY = "canary7f3a"
INSTALLATION = str(uuid.UUID(int=0))
UNKNOWN = "00000000-0000-7000-8000-000000000000"

MEMBERS_OF_AN_ENTRY = {
    "action",
    "actor",
    "at",
    "commitment",
    "event",
    "log",
    "object",
    "request",
    "role",
    "v",
}

#: Any role will do for these, so no insider is refused.
FOR_EVERY_INSIDER = {"leave_community", "get_result", "list_charts", "draw_chart", "draw_jury"}

#: Texts that the service makes up, and those that must be of somebody who is there (known by other canaries).
NO_FREE_TEXT = {"Joining.invitation_code", "Refreshing.refresh_token", "SignIn.email", "SignIn.password"}


def canonical(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


@dataclass
class Call:
    """A request and the answer it must get."""

    caller: Person
    method: str
    path: str
    body: Any = None
    if_match: str | None = None
    status: int = 0

    def send(self, **options: Any) -> TestResponse:
        if self.if_match is not None:
            options.setdefault("if_match", self.if_match)
        if key := options.pop("key", None):
            options["headers"] = {"Idempotency-Key": key} | options.get("headers", {})
        body = options.pop("body", self.body)
        caller = options.pop("caller", self.caller)
        return caller.call(self.method, options.pop("path", self.path), body, **options)


@dataclass
class Walk:
    """One operation done rightly, what its entry must say, and the ways in which it is refused.

    ``actor``, ``subject`` and ``log`` are told from the answer; ``commits_to`` is "content" for an erasable
    content beside the log, a function of the answer for a digest published elsewhere, None for nothing.
    """

    call: Call
    action: str
    subject: Callable[[Any], tuple[str, str]]
    actor: Callable[[Any], str | None]
    log: Callable[[Any], str] = lambda _answer: INSTALLATION
    role: str | None = None
    commits_to: Any = "content"
    forbidden: Person | None = None
    refused_before: list[Call] = field(default_factory=list)
    refused_after: list[Call] = field(default_factory=list)
    #: Actions of the entries that the same transaction writes before its own.
    beside: list[str] = field(default_factory=list)
    #: Calls that succeed afterwards and change nothing.
    repeats: list[Call] = field(default_factory=list)
    #: Puts a ballot or the like into the state that the right call needs, after the refusals.
    ready: Callable[[], Any] = lambda: None


def person_of(portal: Portal) -> Person:
    return portal.person(f"{CANARY} Ada")


def reference_of(person: Person) -> str:
    """Return the name under which the installation's log knows somebody."""
    return person.ok("GET", "/v1/accounts/me/export")["account"]["reference"]


def insider(town: Town, person: Person) -> str:
    """Return the name under which the community's log knows somebody."""
    return person.ok("GET", f"{town.path}/members/me")["reference"]


def draft(**facts: Any) -> dict[str, Any]:
    return {
        "decision_type": CANARY,
        "kind": "general",
        "matters": [CANARY],
        "title": f"{CANARY} title",
        "description": f"{CANARY} text",
        "method": "approval",
        "options": [
            {"id": CANARY, "title": f"{CANARY} option", "description": f"{CANARY} more"},
            {"id": "other", "title": "Other"},
        ],
        "voting_period": "P1D",
        "vote_change": False,
        "early_close": True,
    } | facts


def tag_of(person: Person, path: str) -> str:
    return person.call("GET", path).headers["ETag"]


def register_account(portal: Portal) -> Walk:
    body = {
        "email": f"{CANARY}@example.org",
        "password": f"{CANARY} horse battery",
        "display_name": f"{CANARY} Ada",
    }

    def reference(answer: Any) -> str:
        return reference_of(Person(portal.app, "", token=answer["access_token"]))

    call = Call(portal.visitor, "POST", "/v1/accounts", body)
    return Walk(
        call,
        "account.registered",
        lambda answer: ("account", reference(answer)),
        reference,
        refused_after=[Call(portal.visitor, "POST", "/v1/accounts", body, status=409)],
    )


def sign_in(portal: Portal) -> Walk:
    person, visitor = person_of(portal), portal.visitor
    reference = reference_of(person)
    body = {"email": person.email, "password": PASSWORD}
    wrong = {"email": person.email, "password": f"{CANARY} wrong"}
    nobody = {"email": f"{CANARY}@example.com", "password": PASSWORD}
    return Walk(
        Call(visitor, "POST", "/v1/sessions", body),
        "session.started",
        lambda answer: ("session", answer["session_id"]),
        lambda _answer: reference,
        commits_to=None,
        refused_before=[Call(visitor, "POST", "/v1/sessions", b, status=401) for b in (wrong, nobody)],
    )


def refresh_session(portal: Portal) -> Walk:
    person = person_of(portal)
    reference = reference_of(person)
    path = "/v1/sessions/refresh"
    return Walk(
        Call(portal.visitor, "POST", path, {"refresh_token": person.refresh_token}),
        "session.refreshed",
        lambda answer: ("session", answer["session_id"]),
        lambda _answer: reference,
        commits_to=None,
        refused_before=[Call(portal.visitor, "POST", path, {"refresh_token": CANARY}, status=401)],
    )


def sign_out(portal: Portal) -> Walk:
    person = person_of(portal)
    reference = reference_of(person)
    (current,) = person.ok("GET", "/v1/sessions")["items"]
    call = Call(person, "DELETE", "/v1/sessions/current", status=401)
    return Walk(
        call,
        "session.revoked",
        lambda _answer: ("session", current["id"]),
        lambda _answer: reference,
        commits_to=None,
        refused_after=[call],
    )


def end_session(portal: Portal) -> Walk:
    person, other = person_of(portal), person_of(portal)
    reference = reference_of(person)
    credentials = {"email": person.email, "password": PASSWORD}
    second = portal.visitor.ok("POST", "/v1/sessions", credentials)["session_id"]
    (others,) = other.ok("GET", "/v1/sessions")["items"]
    call = Call(person, "DELETE", f"/v1/sessions/{second}", status=404)
    return Walk(
        call,
        "session.revoked",
        lambda _answer: ("session", second),
        lambda _answer: reference,
        commits_to=None,
        refused_before=[
            Call(person, "DELETE", f"/v1/sessions/{known}", status=404) for known in (UNKNOWN, others["id"])
        ],
        refused_after=[call],
    )


def change_own_password(portal: Portal) -> Walk:
    person = person_of(portal)
    reference = reference_of(person)
    path = "/v1/accounts/me/password"
    wrong = {"current_password": f"{CANARY} wrong", "new_password": f"{CANARY} new battery"}
    credentials = {"email": person.email, "password": PASSWORD}
    # The present password must carry the canary, too: change it once before the walk.
    person.ok("PUT", path, {"current_password": PASSWORD, "new_password": f"{CANARY} horse battery"})
    return Walk(
        Call(
            person,
            "PUT",
            path,
            {"current_password": f"{CANARY} horse battery", "new_password": f"{CANARY} new battery"},
        ),
        "account.password_changed",
        lambda _answer: ("account", reference),
        lambda _answer: reference,
        refused_before=[
            Call(person, "PUT", path, wrong, status=401),
            Call(portal.visitor, "POST", "/v1/sessions", credentials, status=401),
        ],
    )


def update_own_account(portal: Portal) -> Walk:
    person = person_of(portal)
    reference = reference_of(person)
    path = "/v1/accounts/me"
    body = {"display_name": f"{CANARY} Grace"}
    return Walk(
        Call(person, "PATCH", path, body, tag_of(person, path)),
        "account.updated",
        lambda _answer: ("account", reference),
        lambda _answer: reference,
        repeats=[Call(person, "PATCH", path, again, "*") for again in ({}, body)],
    )


def found_community(portal: Portal) -> Walk:
    person = person_of(portal)
    body = {
        "slug": CANARY,
        "name": f"{CANARY} town",
        "description": f"{CANARY} words",
        "allowed_origins": [f"https://{CANARY}.example"],
    }
    return Walk(
        Call(person, "POST", "/v1/communities", body),
        "community.founded",
        lambda answer: ("community", answer["id"]),
        lambda answer: person.ok("GET", f"/v1/communities/{answer['id']}/members/me")["reference"],
        lambda answer: answer["id"],
        role="brand_owner",
        refused_after=[Call(person, "POST", "/v1/communities", body, status=409)],
    )


def walk_in(
    town: Town, call: Call, action: str, subject: Callable[[Any], tuple[str, str]], **facts: Any
) -> Walk:
    """Return a walk inside a community, whose caller is an insider before it and perhaps not after."""
    reference = insider(town, call.caller)
    return Walk(call, action, subject, lambda _answer: reference, lambda _answer: town.id, **facts)


def canary_charter() -> dict[str, Any]:
    """Return the wide charter, with the canary among its ids."""
    polls = standalone("general", id=CANARY, title=f"{CANARY} polls")
    charter = with_types(polls)
    charter["decision_types"] = [each for each in charter["decision_types"] if each["id"] != "general"]
    matter = {"id": CANARY, "title": f"{CANARY} matter", "decided_by": "community"}
    ground = {"id": CANARY, "title": f"{CANARY} ground"}
    stop = {"grounds": [ground], "lapses_after": "P3D"}
    return charter | {"reserved_matters": [*charter["reserved_matters"], matter], "emergency_stop": stop}


def town_of(portal: Portal, members: int = 1) -> Town:
    return portal.town(
        members=members, name=f"{CANARY} town", description=f"{CANARY} words", charter=canary_charter()
    )


def update_community(portal: Portal) -> Walk:
    town = town_of(portal)
    body = {
        "name": f"{CANARY} city",
        "description": f"{CANARY} more words",
        "allowed_origins": [f"https://{CANARY}.example"],
    }
    call = Call(town.owner, "PATCH", town.path, body, tag_of(town.owner, town.path))
    return walk_in(
        town,
        call,
        "community.updated",
        lambda _answer: ("community", town.id),
        role="brand_owner",
        forbidden=town.members[0],
        repeats=[Call(town.owner, "PATCH", town.path, again, "*") for again in ({}, body)],
    )


def join_community(portal: Portal) -> Walk:
    town, person = town_of(portal), person_of(portal)
    path = f"{town.path}/members"
    return Walk(
        Call(person, "POST", path, {}),
        "member.joined",
        lambda answer: ("membership", answer["id"]),
        lambda answer: answer["reference"],
        lambda _answer: town.id,
        refused_before=[
            Call(person, "POST", path, {"invitation_code": CANARY}, status=409),
            Call(person, "POST", f"/v1/communities/{UNKNOWN}/members", {}, status=404),
        ],
        refused_after=[Call(person, "POST", path, {}, status=409)],
    )


def leave_community(portal: Portal) -> Walk:
    town = town_of(portal)
    person = town.members[0]
    path = f"{town.path}/members/me"
    call = Call(person, "DELETE", path, status=404)
    return walk_in(
        town,
        call,
        "member.left",
        lambda _answer: ("membership", person.memberships[town.id]),
        role="member",
        commits_to=None,
        refused_before=[Call(town.owner, "DELETE", path, status=409)],
        refused_after=[call],
    )


def create_invitation(portal: Portal) -> Walk:
    town = town_of(portal)
    steward = portal.join(town, "steward")
    path = f"{town.path}/invitations"
    return walk_in(
        town,
        Call(steward, "POST", path, {"role": "member", "max_uses": 5}),
        "invitation.created",
        lambda answer: ("invitation", answer["id"]),
        role="steward",
        forbidden=town.members[0],
        refused_before=[
            Call(steward, "POST", path, {"role": "steward"}, status=403),
            Call(steward, "POST", path, {"expires_in": "PT0S"}, status=409),
            Call(steward, "POST", path, {"expires_in": "P367D"}, status=409),
        ],
    )


def revoke_invitation(portal: Portal) -> Walk:
    town, elsewhere = town_of(portal), town_of(portal)
    made = town.owner.ok("POST", f"{town.path}/invitations", {})["id"]
    foreign = elsewhere.owner.ok("POST", f"{elsewhere.path}/invitations", {})["id"]
    call = Call(town.owner, "DELETE", f"{town.path}/invitations/{made}", status=404)
    return walk_in(
        town,
        call,
        "invitation.revoked",
        lambda _answer: ("invitation", made),
        role="brand_owner",
        commits_to=None,
        forbidden=town.members[0],
        refused_before=[
            Call(town.owner, "DELETE", f"{town.path}/invitations/{other}", status=404)
            for other in (UNKNOWN, foreign)
        ],
        refused_after=[call],
    )


def grant_role(portal: Portal) -> Walk:
    town = town_of(portal)
    member = town.members[0]
    own = town.owner.ok("GET", f"{town.path}/members/me")["id"]
    path = f"{town.path}/members/{member.memberships[town.id]}/roles"
    steward = {"role": "steward"}
    return walk_in(
        town,
        Call(town.owner, "POST", path, steward),
        "role.granted",
        lambda answer: ("membership", answer["id"]),
        role="brand_owner",
        forbidden=member,
        refused_before=[
            Call(town.owner, "POST", f"{town.path}/members/{own}/roles", {"role": "member"}, status=403),
            Call(town.owner, "POST", path, {"role": "auditor"}, status=409),
            Call(town.owner, "POST", f"{town.path}/members/{UNKNOWN}/roles", steward, status=404),
        ],
        refused_after=[Call(town.owner, "POST", path, steward, status=409)],
    )


def revoke_role(portal: Portal) -> Walk:
    town = town_of(portal)
    member = town.members[0]
    own = town.owner.ok("GET", f"{town.path}/members/me")["id"]
    path = f"{town.path}/members/{member.memberships[town.id]}/roles"
    call = Call(town.owner, "DELETE", f"{path}/member", status=404)
    return walk_in(
        town,
        call,
        "role.revoked",
        lambda answer: ("membership", answer["id"]),
        role="brand_owner",
        forbidden=member,
        refused_before=[
            Call(town.owner, "DELETE", f"{path}/steward", status=404),
            Call(town.owner, "DELETE", f"{town.path}/members/{own}/roles/brand_owner", status=409),
        ],
        refused_after=[call],
    )


def set_holding(portal: Portal) -> Walk:
    town = town_of(portal, members=2)
    first, second = (f"{town.path}/members/{m.memberships[town.id]}/holding" for m in town.members)
    town.owner.ok("PUT", second, {"amount": 1}, if_match="*")
    call = Call(town.owner, "PUT", first, {"amount": 7}, tag_of(town.owner, first))
    return walk_in(
        town,
        call,
        "holding.set",
        lambda answer: ("membership", answer["membership_id"]),
        role="brand_owner",
        forbidden=town.members[0],
        refused_before=[Call(town.owner, "PUT", first, {"amount": 2**53 - 1}, call.if_match, status=409)],
        repeats=[Call(town.owner, "PUT", first, {"amount": 7}, "*")],
    )


def create_ballot(portal: Portal) -> Walk:
    town = town_of(portal)
    path = f"{town.path}/ballots"
    return walk_in(
        town,
        Call(town.owner, "POST", path, draft()),
        "ballot.created",
        lambda answer: ("ballot", answer["id"]),
        role="brand_owner",
        forbidden=town.members[0],
        refused_before=[Call(town.owner, "POST", path, draft(seats=2, method="irv"), status=409)],
    )


def ballot_in(town: Town, *, opened: bool = False, **facts: Any) -> str:
    made = town.owner.ok("POST", f"{town.path}/ballots", draft(**facts))
    path = f"{town.path}/ballots/{made['id']}"
    if opened:
        town.owner.ok("POST", f"{path}/open")
    return path


def last_part(path: str) -> str:
    return path.rsplit("/", 1)[1]


def update_ballot(portal: Portal) -> Walk:
    town = town_of(portal)
    path, opened = ballot_in(town), ballot_in(town, opened=True)
    body = draft(title=f"{CANARY} other", description=f"{CANARY} rewritten")
    return walk_in(
        town,
        Call(town.owner, "PATCH", path, body, tag_of(town.owner, path)),
        "ballot.updated",
        lambda answer: ("ballot", answer["id"]),
        role="brand_owner",
        forbidden=town.members[0],
        refused_before=[
            Call(town.owner, "PATCH", opened, body, "*", status=409),
            Call(town.owner, "PATCH", path, {"options": []}, "*", status=409),
        ],
        repeats=[Call(town.owner, "PATCH", path, again, "*") for again in ({}, body)],
    )


def delete_ballot(portal: Portal) -> Walk:
    town = town_of(portal)
    path, opened = ballot_in(town), ballot_in(town, opened=True)
    call = Call(town.owner, "DELETE", path, None, tag_of(town.owner, path), status=404)
    return walk_in(
        town,
        call,
        "ballot.deleted",
        lambda _answer: ("ballot", last_part(path)),
        role="brand_owner",
        commits_to=None,
        forbidden=town.members[0],
        refused_before=[Call(town.owner, "DELETE", opened, None, "*", status=409)],
        refused_after=[call],
    )


def open_ballot(portal: Portal) -> Walk:
    town = town_of(portal)
    path = ballot_in(town)
    late = ballot_in(town, opens_at="2020-01-01T00:00:00Z")
    return walk_in(
        town,
        Call(town.owner, "POST", f"{path}/open"),
        "ballot.opened",
        lambda answer: ("ballot", answer["id"]),
        role="brand_owner",
        forbidden=town.members[0],
        refused_before=[Call(town.owner, "POST", f"{late}/open", status=409)],
        refused_after=[Call(town.owner, "POST", f"{path}/open", status=409)],
    )


def suspend_ballot(portal: Portal) -> Walk:
    town = town_of(portal)
    path, unopened = ballot_in(town, opened=True), ballot_in(town)
    body = {"ground": CANARY, "reason": f"{CANARY} signs"}
    call = Call(town.owner, "POST", f"{path}/suspend", body, status=409)
    return walk_in(
        town,
        call,
        "ballot.suspended",
        lambda answer: ("ballot", answer["id"]),
        role="brand_owner",
        forbidden=town.members[0],
        refused_before=[
            Call(town.owner, "POST", f"{unopened}/suspend", body, status=409),
            Call(town.owner, "POST", f"{path}/suspend", {**body, "ground": "weather"}, status=409),
        ],
        refused_after=[call],
    )


def resume_ballot(portal: Portal) -> Walk:
    town = town_of(portal)
    path = ballot_in(town, opened=True)
    call = Call(town.owner, "POST", f"{path}/resume", status=409)
    body = {"ground": CANARY, "reason": f"{CANARY} signs"}
    return walk_in(
        town,
        call,
        "ballot.resumed",
        lambda answer: ("ballot", answer["id"]),
        role="brand_owner",
        forbidden=town.members[0],
        refused_before=[call],
        ready=lambda: town.owner.ok("POST", f"{path}/suspend", body),
        refused_after=[call],
    )


def cast_vote(portal: Portal) -> Walk:
    town = town_of(portal)
    path, unopened = ballot_in(town, opened=True), ballot_in(town)
    member, late = town.members[0], portal.join(town)
    vote = {"choice": [CANARY]}
    return walk_in(
        town,
        Call(member, "PUT", f"{path}/votes/me", vote),
        "ballot.cast",
        lambda answer: ("ballot", answer["ballot_id"]),
        role="member",
        commits_to=lambda answer: answer["digest"],
        forbidden=town.owner,
        refused_before=[
            Call(member, "PUT", f"{path}/votes/me", {"choice": ["nothing"]}, status=409),
            Call(member, "PUT", f"{unopened}/votes/me", vote, status=404),
            Call(late, "PUT", f"{path}/votes/me", vote, status=403),
        ],
        repeats=[Call(member, "PUT", f"{path}/votes/me", vote)],
        refused_after=[Call(member, "PUT", f"{path}/votes/me", {"choice": ["other"]}, status=409)],
    )


def close_ballot(portal: Portal) -> Walk:
    town = town_of(portal)
    auditor, member = portal.join(town, "auditor"), town.members[0]
    path = ballot_in(town, opened=True)
    call = Call(member, "POST", f"{path}/close", status=409)
    return walk_in(
        town,
        call,
        "ballot.closed",
        lambda answer: ("ballot", answer["ballot"]),
        role="member",
        commits_to=lambda answer: answer["digest"],
        forbidden=auditor,
        refused_before=[call],
        ready=lambda: member.ok("PUT", f"{path}/votes/me", {"choice": [CANARY]}),
        repeats=[call, Call(member, "GET", f"{path}/result")],
    )


def get_result(portal: Portal) -> Walk:
    return reading_first(portal, "/result")


def list_charts(portal: Portal) -> Walk:
    return reading_first(portal, "/result/charts")


def draw_chart(portal: Portal) -> Walk:
    return reading_first(portal, "/result/charts/totals.svg")


def draw_jury(portal: Portal) -> Walk:
    return reading_first(portal, "/jury")


def reading_first(portal: Portal, part: str) -> Walk:
    """Return the walk of whoever reads a result, or a part of it, before anybody has had it counted."""
    town = town_of(portal)
    auditor = portal.join(town, "auditor")
    running = ballot_in(town, opened=True)
    path = ballot_in(town, opened=True, early_close=False, voting_period="PT1S")
    call = Call(auditor, "GET", f"{path}{part}")

    def closed() -> None:
        while town.owner.ok("GET", path)["state"] != "closed":
            time.sleep(0.05)

    walk = walk_in(
        town,
        call,
        "ballot.closed",
        lambda _answer: ("ballot", last_part(path)),
        commits_to=lambda _answer: auditor.ok("GET", f"{path}/result")["digest"],
        refused_before=[Call(auditor, "GET", f"{running}{part}", status=409)],
        ready=closed,
        repeats=[call],
    )
    walk.actor = lambda _answer: None  # the service counts; whoever asks only reads
    return walk


def accept_charter(portal: Portal) -> Walk:
    town = town_of(portal)
    second_version(portal.app, town.id)
    path = f"{town.path}/charter/acceptances/me"
    call = Call(town.members[0], "PUT", path, {"charter_version": 2})
    superseded = Call(town.members[0], "PUT", path, {"charter_version": 1}, status=409)
    return walk_in(
        town,
        call,
        "charter.accepted",
        lambda answer: ("membership", answer["membership_id"]),
        role="member",
        forbidden=portal.join(town, "auditor"),
        refused_before=[superseded],
        repeats=[call],
    )


#: What the brand says before a vote; its ground of refusal is its own.
PRECOMMITMENT = {
    "undertaking": f"{CANARY} undertaking",
    "within": "P30D",
    "budget": f"{CANARY} 50000",
    "refusal_grounds": [{"id": CANARY, "title": f"{CANARY} ground"}],
}
NO_SUCH_GROUND = PRECOMMITMENT | {"refusal_grounds": [{"id": "nothing"}]}


def owing_town(portal: Portal) -> Town:
    return portal.town(members=1, name=f"{CANARY} town", charter=debts.charter())


def record_proposal_precommitment(portal: Portal) -> Walk:
    town = owing_town(portal)
    facts = {"title": f"{CANARY} title", "body": f"{CANARY} text"}
    proposals, ids = f"{town.path}/proposals", []
    for decision_type in ("petition", "quick"):
        made = town.owner.ok("POST", proposals, facts | {"decision_type": decision_type})
        ids.append(made["id"])
    for identifier in ids:
        town.owner.ok("POST", f"{proposals}/{identifier}/submit")
    path = f"{proposals}/{ids[0]}/precommitments"
    return walk_in(
        town,
        Call(town.owner, "POST", path, PRECOMMITMENT),
        "proposal.precommitted",
        lambda answer: ("proposal", answer["proposal_id"]),
        role="brand_owner",
        forbidden=town.members[0],
        refused_before=[
            Call(town.owner, "POST", path, NO_SUCH_GROUND, status=409),
            Call(town.owner, "POST", f"{proposals}/{ids[1]}/precommitments", PRECOMMITMENT, status=409),
        ],
    )


def record_ballot_precommitment(portal: Portal) -> Walk:
    town = owing_town(portal)
    advisory, path = portal.ballot(town, opened=False, decision_type="house_vote"), shared_draft(town)
    return walk_in(
        town,
        Call(town.owner, "POST", f"{path}/precommitments", PRECOMMITMENT),
        "ballot.precommitted",
        lambda answer: ("ballot", answer["ballot_id"]),
        role="brand_owner",
        forbidden=town.members[0],
        refused_before=[
            Call(town.owner, "POST", f"{path}/precommitments", NO_SUCH_GROUND, status=409),
            Call(town.owner, "POST", f"{advisory}/precommitments", PRECOMMITMENT, status=409),
        ],
    )


def shared_draft(town: Town) -> str:
    """Return the path of a draft whose decision the brand may refuse only on a stated ground."""
    kind = "charity_vote"
    return ballot_in(town, kind=kind, decision_type=kind, matters=[], method="plurality")


def owed_in(town: Town) -> tuple[str, str]:
    """Return the paths of an obligation and of the promise under it."""
    path = shared_draft(town)
    town.owner.ok("POST", f"{path}/precommitments", PRECOMMITMENT)
    town.owner.ok("POST", f"{path}/open")
    town.members[0].ok("PUT", f"{path}/votes/me", {"choice": CANARY})
    town.owner.ok("POST", f"{path}/close")
    (owed,) = town.owner.ok("GET", f"{town.path}/obligations")["items"]
    milestone = owed["milestones"][0]["id"]
    return f"{town.path}/obligations/{owed['id']}", f"{town.path}/milestones/{milestone}"


def answer_obligation(portal: Portal) -> Walk:
    town = owing_town(portal)
    path, _ = owed_in(town)
    body = {"verdict": "refused", "reason": f"{CANARY} reason", "ground": CANARY}
    call = Call(town.owner, "POST", f"{path}/answers", body, "*", status=409)
    return walk_in(
        town,
        call,
        "obligation.answered",
        lambda answer: ("obligation", answer["obligation_id"]),
        role="brand_owner",
        forbidden=town.members[0],
        refused_before=[
            Call(town.owner, "POST", f"{path}/answers", body | {"ground": ground}, "*", status=409)
            for ground in (None, "nothing")
        ],
        refused_after=[call],
    )


def promise_milestone(portal: Portal) -> Walk:
    town = owing_town(portal)
    path, milestone = owed_in(town)
    promised = town.owner.ok("GET", milestone)
    body = {"title": f"{CANARY} title", "description": f"{CANARY} text", "due_at": promised["due_at"]}
    past = body | {"due_at": promised["promised_at"]}
    return walk_in(
        town,
        Call(town.owner, "POST", f"{path}/milestones", body),
        "milestone.promised",
        lambda answer: ("milestone", answer["id"]),
        role="brand_owner",
        forbidden=town.members[0],
        refused_before=[Call(town.owner, "POST", f"{path}/milestones", past, status=409)],
    )


def give_evidence(portal: Portal) -> Walk:
    town = owing_town(portal)
    _, milestone = owed_in(town)
    body = {"note": f"{CANARY} note", "url": f"https://{CANARY}.example/"}
    elsewhere = f"{town.path}/milestones/{UNKNOWN}/evidence"
    return walk_in(
        town,
        Call(town.owner, "POST", f"{milestone}/evidence", body),
        "milestone.evidenced",
        lambda answer: ("milestone", answer["milestone_id"]),
        role="brand_owner",
        forbidden=town.members[0],
        refused_before=[Call(town.owner, "POST", elsewhere, body, status=404)],
    )


def attest(portal: Portal) -> Walk:
    town = owing_town(portal)
    _, milestone = owed_in(town)
    member, path = town.members[0], f"{milestone}/attestations/me"
    body = {"verdict": "disputed", "comment": f"{CANARY} comment"}
    town.owner.ok("POST", f"{milestone}/evidence", {"note": f"{CANARY} note"})
    call = Call(member, "PUT", path, body)
    return walk_in(
        town,
        call,
        "milestone.attested",
        lambda answer: ("milestone", answer["milestone_id"]),
        role="member",
        forbidden=town.owner,
        refused_before=[Call(member, "PUT", path, body | {"round": 2}, status=409)],
        repeats=[call],
    )


def assembly_of(portal: Portal, members: int = 2) -> Town:
    """Return a town whose charter has the canary for a decision type, a reserved matter and a veto ground."""
    override = VETO["override"] | {"cooling": "PT0S", "call_within": "P1D"}
    veto = VETO | {"grounds": [CANARY], "override": override}
    charter = with_types(
        proposal(CANARY),
        proposal("brief", voting_period="PT1S", veto=veto),
        proposal(
            "passing",
            **{"for": "amendment"},
            amends=["articles"],
            voting_period="PT1S",
            binding_level="binding",
        ),
    )
    for each in charter["decision_types"]:
        if each.get("veto"):
            each["veto"] = veto  # what guards the ground has it, too
    matter = {"title": "Label", "decided_by": "community", "consent": "brand_owner"}
    charter["reserved_matters"] = [matter | {"id": each} for each in (CANARY, "label")]
    charter["veto_grounds"] = [{"id": CANARY, "title": "A ground"}, *charter["veto_grounds"]]
    return portal.town(members=members, name=f"{CANARY} town", charter=charter)


ADDED = {
    "op": "add_article",
    "article": {"id": "new", "title": f"{CANARY} new", "body": CANARY},
    "after": None,
}


def proposed(town: Town, decision_type: str = "quick", *, submitted: bool = True, **facts: Any) -> str:
    author = town.members[0]
    body = {"decision_type": decision_type, "title": f"{CANARY} title", "body": f"{CANARY} text"} | facts
    made = author.ok("POST", f"{town.path}/proposals", body)
    path = f"{town.path}/proposals/{made['id']}"
    if submitted:
        author.ok("POST", f"{path}/submit")
    return path


def decided(town: Town, state: str, decision_type: str = "brief", **facts: Any) -> str:
    """Return a proposal for which everybody voted and whose voting has ended."""
    path = proposed(town, decision_type, **facts)
    opened = town.members[0].ok("POST", f"{path}/open-vote")
    for member in town.members:
        member.ok("PUT", f"{town.path}/ballots/{opened['ballot_id']}/votes/me", {"choice": "for"})
    while (found := town.members[0].ok("GET", path)["state"]) == "voting":
        time.sleep(0.05)
    assert found == state
    return path


def walk_of_proposal(town: Town, call: Call, action: str, path: str = "", **facts: Any) -> Walk:
    def subject(answer: Any) -> tuple[str, str]:
        return ("proposal", last_part(path) if path else answer["id"])

    facts = {"role": "member"} | facts
    return walk_in(town, call, f"proposal.{action}", subject, **facts)


def create_proposal(portal: Portal) -> Walk:
    town = assembly_of(portal)
    path, author = f"{town.path}/proposals", town.members[0]
    body = {
        "decision_type": CANARY,
        "title": f"{CANARY} title",
        "body": f"{CANARY} text",
        "matters": [CANARY],
    }
    return walk_of_proposal(
        town,
        Call(author, "POST", path, body),
        "created",
        forbidden=portal.join(town, "auditor"),
        refused_before=[
            Call(author, "POST", path, body | {"decision_type": "unheard"}, status=409),
            Call(author, "POST", path, body | {"matters": ["unheard"]}, status=409),
            Call(author, "POST", path, body | {"operations": [ADDED]}, status=409),
        ],
    )


def update_proposal(portal: Portal) -> Walk:
    town = assembly_of(portal)
    path, public = proposed(town, submitted=False), proposed(town)
    author, auditor = town.members[0], portal.join(town, "auditor")
    body = {
        "decision_type": CANARY,
        "title": f"{CANARY} other",
        "body": f"{CANARY} more",
        "matters": [CANARY],
    }
    return walk_of_proposal(
        town,
        Call(author, "PATCH", path, body, tag_of(author, path)),
        "updated",
        path,
        forbidden=auditor,
        refused_before=[
            Call(author, "PATCH", public, body, "*", status=409),
            Call(town.members[1], "PATCH", public, {"title": CANARY}, "*", status=403),
            Call(author, "PATCH", path, {"matters": ["unheard"]}, "*", status=409),
        ],
    )


def submit_proposal(portal: Portal) -> Walk:
    town = assembly_of(portal)
    path, author = proposed(town, submitted=False), town.members[0]
    call = Call(author, "POST", f"{path}/submit", status=409)
    return walk_of_proposal(
        town,
        call,
        "submitted",
        path,
        forbidden=portal.join(town, "auditor"),
        refused_before=[Call(town.members[1], "POST", f"{path}/submit", status=404)],
        refused_after=[call],
    )


def withdraw_proposal(portal: Portal) -> Walk:
    town = assembly_of(portal)
    path, author = proposed(town), town.members[0]
    call = Call(author, "POST", f"{path}/withdraw", status=409)
    return walk_of_proposal(
        town,
        call,
        "withdrawn",
        path,
        forbidden=portal.join(town, "auditor"),
        refused_before=[Call(town.members[1], "POST", f"{path}/withdraw", status=403)],
        refused_after=[call],
    )


def sponsor_proposal(portal: Portal) -> Walk:
    town = assembly_of(portal)
    path, discussed = proposed(town, "petition"), proposed(town)
    call = Call(town.members[1], "PUT", f"{path}/sponsors/me")
    return walk_of_proposal(
        town,
        call,
        "sponsored",
        path,
        forbidden=town.owner,
        refused_before=[
            Call(town.members[0], "PUT", f"{path}/sponsors/me", status=409),
            Call(town.members[1], "PUT", f"{discussed}/sponsors/me", status=409),
        ],
        repeats=[call],
    )


def unsponsor_proposal(portal: Portal) -> Walk:
    town = assembly_of(portal)
    path, discussed = proposed(town, "petition"), proposed(town)
    call = Call(town.members[1], "DELETE", f"{path}/sponsors/me")
    town.members[1].ok("PUT", f"{path}/sponsors/me")
    return walk_of_proposal(
        town,
        call,
        "unsponsored",
        path,
        forbidden=portal.join(town, "auditor"),
        refused_before=[Call(town.members[1], "DELETE", f"{discussed}/sponsors/me", status=409)],
        repeats=[call],
    )


SUGGESTION = {"title": f"{CANARY} title", "body": f"{CANARY} text", "reason": f"{CANARY} reason"}


def make_suggestion(portal: Portal) -> Walk:
    town = assembly_of(portal)
    path, over = proposed(town), proposed(town)
    town.members[0].ok("POST", f"{over}/withdraw")
    return walk_of_proposal(
        town,
        Call(town.members[1], "POST", f"{path}/suggestions", SUGGESTION),
        "suggested",
        path,
        forbidden=portal.join(town, "auditor"),
        refused_before=[Call(town.members[1], "POST", f"{over}/suggestions", SUGGESTION, status=409)],
    )


def deciding_a_suggestion(portal: Portal, way: str, body: Any, *, by_its_maker: bool = False) -> Walk:
    town = assembly_of(portal)
    path, (author, maker) = proposed(town), town.members
    made = maker.ok("POST", f"{path}/suggestions", SUGGESTION)["id"]
    here = f"{path}/suggestions/{made}/{way}"
    rightly, wrongly = (maker, author) if by_its_maker else (author, maker)
    call = Call(rightly, "POST", here, body, status=409)
    return walk_of_proposal(
        town,
        call,
        "suggestion_decided",
        path,
        forbidden=portal.join(town, "auditor"),
        refused_before=[
            Call(wrongly, "POST", here, body, status=403),
            Call(rightly, "POST", here.replace(made, UNKNOWN), body, status=404),
        ],
        refused_after=[call],
    )


def accept_suggestion(portal: Portal) -> Walk:
    return deciding_a_suggestion(portal, "accept", {"reason": f"{CANARY} yes"})


def refuse_suggestion(portal: Portal) -> Walk:
    return deciding_a_suggestion(portal, "refuse", {"reason": f"{CANARY} no"})


def withdraw_suggestion(portal: Portal) -> Walk:
    return deciding_a_suggestion(portal, "withdraw", None, by_its_maker=True)


def classify_proposal(portal: Portal) -> Walk:
    town = assembly_of(portal)
    path, steward = proposed(town), portal.join(town, "steward")
    body = {"matters": [CANARY], "reason": f"{CANARY} reason"}
    unknown = body | {"matters": ["unheard"]}
    return walk_of_proposal(
        town,
        Call(steward, "PUT", f"{path}/matters", body, tag_of(steward, path)),
        "classified",
        path,
        role="steward",
        forbidden=town.members[0],
        refused_before=[Call(steward, "PUT", f"{path}/matters", unknown, "*", status=409)],
    )


def open_vote(portal: Portal) -> Walk:
    town = assembly_of(portal)
    path, waiting = proposed(town), proposed(town, "petition")
    call = Call(town.members[1], "POST", f"{path}/open-vote", status=409)
    return walk_of_proposal(
        town,
        call,
        "vote_opened",
        path,
        forbidden=portal.join(town, "auditor"),
        refused_before=[Call(town.members[1], "POST", f"{waiting}/open-vote", status=409)],
        refused_after=[call],
        beside=["ballot.opened"],
    )


def consent_to_proposal(portal: Portal) -> Walk:
    town = assembly_of(portal)
    path, early = (proposed(town, matters=["label"]) for _time in range(2))
    town.members[0].ok("POST", f"{path}/open-vote")
    body = {"reason": f"{CANARY} reason"}
    call = Call(town.owner, "PUT", f"{path}/consents/label", body)
    return walk_of_proposal(
        town,
        call,
        "consented",
        path,
        role="brand_owner",
        forbidden=town.members[0],
        refused_before=[
            Call(town.owner, "PUT", f"{early}/consents/label", body, status=409),
            Call(town.owner, "PUT", f"{path}/consents/price", body, status=409),
        ],
        repeats=[call],
    )


def veto_proposal(portal: Portal) -> Walk:
    town = assembly_of(portal)
    path = decided(town, "veto_window")
    body = {"ground": CANARY, "reason": f"{CANARY} reason"}
    call = Call(town.owner, "POST", f"{path}/veto", body, status=409)
    return walk_of_proposal(
        town,
        call,
        "vetoed",
        path,
        role="brand_owner",
        forbidden=town.members[0],
        refused_before=[Call(town.owner, "POST", f"{path}/veto", body | {"ground": "unlawful"}, status=409)],
        refused_after=[call],
    )


def call_override(portal: Portal) -> Walk:
    town = assembly_of(portal)
    path, calm = decided(town, "veto_window"), decided(town, "veto_window")
    town.owner.ok("POST", f"{path}/veto", {"ground": CANARY, "reason": f"{CANARY} reason"})
    call = Call(town.members[0], "POST", f"{path}/override", status=409)
    return walk_of_proposal(
        town,
        call,
        "override_called",
        path,
        forbidden=town.owner,
        refused_before=[Call(town.members[0], "POST", f"{calm}/override", status=409)],
        refused_after=[call],
        beside=["ballot.opened"],
    )


def rebase_proposal(portal: Portal) -> Walk:
    town = assembly_of(portal)
    path = decided(town, "stale", "passing", operations=[ADDED], matters=["label"])
    body = {"title": f"{CANARY} again", "body": f"{CANARY} anew", "operations": [ADDED]}
    call = Call(town.members[0], "POST", f"{path}/rebase", body, status=409)
    return walk_of_proposal(
        town,
        call,
        "rebased",
        path,
        forbidden=portal.join(town, "auditor"),
        refused_before=[Call(town.members[1], "POST", f"{path}/rebase", body, status=403)],
        refused_after=[call],
    )


WALKS: dict[str, Callable[[Portal], Walk]] = {
    walk.__name__: walk
    for walk in (
        register_account,
        sign_in,
        refresh_session,
        sign_out,
        end_session,
        change_own_password,
        update_own_account,
        found_community,
        update_community,
        join_community,
        leave_community,
        create_invitation,
        revoke_invitation,
        grant_role,
        revoke_role,
        set_holding,
        accept_charter,
        create_proposal,
        update_proposal,
        submit_proposal,
        withdraw_proposal,
        sponsor_proposal,
        unsponsor_proposal,
        make_suggestion,
        accept_suggestion,
        refuse_suggestion,
        withdraw_suggestion,
        classify_proposal,
        open_vote,
        consent_to_proposal,
        veto_proposal,
        call_override,
        rebase_proposal,
        create_ballot,
        update_ballot,
        delete_ballot,
        open_ballot,
        suspend_ballot,
        resume_ballot,
        cast_vote,
        close_ballot,
        get_result,
        list_charts,
        draw_chart,
        draw_jury,
        record_proposal_precommitment,
        record_ballot_precommitment,
        answer_obligation,
        promise_milestone,
        give_evidence,
        attest,
    )
}


@pytest.fixture
def operations(app):
    return app.extensions["althing.api"].operations


@pytest.fixture
def log_lines(app):  # noqa: ARG001 - the application configures logging when it is made
    """Everything the process logs from here on, at its most talkative."""
    stream = io.StringIO()
    configure_logging("debug", stream)
    yield stream
    configure_logging("error")


def test_every_operation_that_changes_something_has_a_walk(operations):
    assert set(WALKS) == {name for name, operation in operations.items() if not operation.reads}


@pytest.mark.parametrize("name", WALKS)
def test_one_success_makes_one_entry_and_a_refusal_none(name, portal, units, operations, log_lines):
    operation = operations[name]
    walk = WALKS[name](portal)
    stranger = portal.person(f"{CANARY} Eve")
    if operation.body is not None:
        assert texts_without_canary(operation.body, walk.call.body) <= NO_FREE_TEXT

    for what, status, refused in refusals(walk, operation, stranger):
        before = journal.everything(units)
        answer = refused()
        assert answer.status_code == status, (what, answer.text)
        assert journal.everything(units) == before, what

    walk.ready()
    before = journal.entries(units)
    trace, key = str(uuid.uuid4()), uuid.uuid4().hex
    answer = walk.call.send(headers={"X-Request-Id": trace}, key=key)
    assert answer.status_code < 300, answer.text
    after = journal.entries(units)
    assert after[: len(before)] == before
    *others, entry = after[len(before) :]
    assert [other.said["action"] for other in others] == walk.beside
    assert {other.said["request"] for other in others} <= {trace}
    check_entry(entry, walk, answer.get_json(silent=True), trace)

    def changes_nothing(what: str, status: int, again: TestResponse) -> None:
        assert again.status_code == status, (what, again.text)
        assert journal.entries(units) == after, what

    if operation.idempotent:
        replay = walk.call.send(key=key)
        changes_nothing("a replay", answer.status_code, replay)
        assert replay.headers["Idempotent-Replayed"] == "true"
        assert replay.data == answer.data
    if operation.idempotent and operation.body is not None:
        other = {**walk.call.body, next(iter(operation.body.fields)): None}
        assert walk.call.send(body=other).status_code == 422
        changes_nothing("its key with another body", 422, walk.call.send(body=other, key=key))
    for call in walk.repeats:
        changes_nothing("the same again", 200, call.send())
    for call in walk.refused_after:
        changes_nothing("afterwards", call.status, call.send())

    texts = [entry.body.decode() for entry in journal.entries(units)] + log_lines.getvalue().splitlines()
    secrets = {CANARY, "@example.", PASSWORD, walk.call.caller.token, walk.call.caller.refresh_token} - {""}
    told = [text for text in texts if any(secret in text.lower() for secret in secrets)]
    assert told == []
    assert trace in log_lines.getvalue()


def refusals(
    walk: Walk, operation: Operation, stranger: Person
) -> Iterator[tuple[str, int, Callable[[], TestResponse]]]:
    """Yield every way in which a call like the walk's is refused: what, status, the call."""
    call = walk.call
    nobody = Person(call.caller.app, "nobody")
    if operation.permission is not PUBLIC:
        yield "no token", 401, lambda: call.send(caller=nobody)
        forged = {"Authorization": f"Bearer {call.caller.token[:-6]}AAAAAA"}
        yield "a forged token", 401, lambda: call.send(headers=forged)
    if operation.permission not in {PUBLIC, AUTHENTICATED}:
        yield "an outsider", 404, lambda: call.send(caller=stranger)
        if walk.forbidden is None:
            assert operation.operation_id in FOR_EVERY_INSIDER
        else:
            yield "an insider without the permission", 403, lambda: call.send(caller=walk.forbidden)
    surprising = f"{call.path}{'&' if '?' in call.path else '?'}{CANARY}={CANARY}"
    yield "an unknown parameter", 422, lambda: call.send(path=surprising)
    if operation.body is None:
        yield "an unexpected body", 400, lambda: call.send(body={CANARY: CANARY})
    else:
        yield "an unknown member", 422, lambda: call.send(body={**call.body, CANARY: CANARY})
        yield "no JSON", 400, lambda: call.send(body=None, data=f'{{"{CANARY}"', content_type=json_type(call))
        yield "no JSON type", 415, lambda: call.send(body=None, data=CANARY, content_type="text/plain")
    if operation.if_match:
        yield "no If-Match", 428, lambda: call.send(if_match="")
        yield "a stale If-Match", 412, lambda: call.send(if_match=f'"{CANARY}"')
    if operation.idempotent:
        yield "no Idempotency-Key", 400, lambda: call.send(headers={"Idempotency-Key": ""})
    for refused in walk.refused_before:
        yield f"{refused.method} {refused.path} {refused.body}", refused.status, refused.send


def json_type(call: Call) -> str:
    return "application/merge-patch+json" if call.method == "PATCH" else "application/json"


def check_entry(entry: journal.Entry, walk: Walk, answer: Any, trace: str) -> None:
    """Recompute an entry from what the answer says, by code of the test's own."""
    said = entry.said
    assert entry.body == canonical(said)
    assert entry.leaf_hash == hashlib.sha256(b"\0" + entry.body).digest()
    assert set(said) == MEMBERS_OF_AN_ENTRY
    kind, identifier = walk.subject(answer)
    assert said["action"] == walk.action
    assert said["actor"] == walk.actor(answer)
    assert said["role"] == walk.role
    assert said["object"] == {"type": kind, "id": identifier}
    assert said["request"] == trace
    assert said["log"] == entry.log == walk.log(answer)
    assert said["event"] == entry.event
    assert said["v"] == 1
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", said["at"])
    if walk.commits_to == "content":
        assert len(entry.salt) == 32
        opened = hmac.digest(entry.salt, canonical(entry.content), "sha256").hex()
        assert said["commitment"] == opened
    else:
        assert entry.content is None
        assert said["commitment"] == (walk.commits_to and walk.commits_to(answer))
    if "leaf_hash" in (answer or {}):
        assert answer["leaf_hash"] == entry.leaf_hash.hex()


def texts_without_canary(schema: ma.Schema, body: Any) -> set[str]:
    missing = set()
    for name, one in schema.load_fields.items():
        inner = one.inner if isinstance(one, ma.fields.List) else one
        values = body.get(name) if isinstance(one, ma.fields.List) else [body.get(name)]
        value = next(iter(values or []), None)
        if isinstance(inner, ma.fields.Nested):
            missing |= texts_without_canary(inner.schema, value) if isinstance(value, dict) else set()
        elif type(inner) is String or type(inner).__name__ == "Email":
            missing |= set() if CANARY in str(value) else {f"{type(schema).__name__}.{name}"}
    return missing


def test_a_refresh_token_used_twice_is_refused_and_reported(portal, units):
    person = person_of(portal)
    spent = {"refresh_token": person.refresh_token}
    portal.visitor.ok("POST", "/v1/sessions/refresh", spent)
    before = journal.entries(units)
    portal.visitor.refused(401, "invalid-refresh-token", "POST", "/v1/sessions/refresh", spent)
    (entry,) = journal.entries(units)[len(before) :]
    assert entry.said["action"] == "session.reuse_detected"
    portal.visitor.refused(401, "invalid-refresh-token", "POST", "/v1/sessions/refresh", spent)
    assert len(journal.entries(units)) == len(before) + 1


CHANGES_NOTHING = {
    "community": [
        {},
        {"name": "Town", "open_joining": True},
        {"allowed_origins": []},
    ],
    "ballot": [
        {},
        {"title": "Which flavour?"},
        {"options": [{"id": o, "title": o.title()} for o in ("mint", "lime", "yuzu")]},
        {"voting_period": "PT24H", "settings": {}},
        {"quorum": None, "opens_at": None},
    ],
    "account": [{}, {"display_name": "owner"}],
}


@pytest.mark.parametrize("kind", CHANGES_NOTHING)
def test_a_change_that_changes_nothing_keeps_the_tag_and_writes_nothing(kind, portal, units):
    town = portal.town()
    path = {
        "community": town.path,
        "ballot": portal.ballot(town, opened=False),
        "account": "/v1/accounts/me",
    }[kind]
    tag, kept = tag_of(town.owner, path), town.owner.ok("GET", path)
    before = journal.everything(units)
    for body in CHANGES_NOTHING[kind]:
        answer = town.owner.call("PATCH", path, body, if_match=tag)
        assert (answer.status_code, answer.headers["ETag"]) == (200, tag), body
        assert answer.get_json() == kept
        assert journal.everything(units) == before, body
    assert town.owner.call("PATCH", path, {}, if_match='"another"').status_code == 412


def test_options_that_change_or_swap_places_are_a_change(portal, units):
    town = portal.town()
    path = portal.ballot(town, opened=False)
    options = town.owner.ok("GET", path)["options"]
    for changed in (options[::-1], options[:2], [*options[:2], {**options[2], "title": "Yuzu!"}]):
        tag = tag_of(town.owner, path)
        answer = town.owner.call("PATCH", path, {"options": changed}, if_match=tag)
        assert answer.status_code == 200, answer.text
        assert answer.headers["ETag"] != tag
        assert answer.get_json()["options"] == changed
    assert [e.said["action"] for e in journal.entries(units)][-3:] == ["ballot.updated"] * 3


#: Ids that clients send, and whether the audit log keeps them.
TRACES = {
    "0192f0c1-0000-7000-8000-00000000abCD": True,
    "0192f0c10000700080000000000000ff": True,
    "Ada-Lovelace-1815": False,
    "491701234567": False,
    "0192f0c1-0000-7000-8000-00000000abC": False,
}


@pytest.mark.parametrize("trace", TRACES)
@pytest.mark.parametrize("way", ["front", "route"])
def test_a_client_s_id_enters_the_log_only_if_it_can_say_nothing(trace, way, portal, units, log_lines):
    town = portal.town(members=1)
    path = portal.ballot(town)
    headers = {"X-Request-Id": trace}
    if way == "front":
        answer = town.members[0].call("PUT", f"{path}/votes/me", {"choice": ["mint"]}, headers=headers)
    else:
        answer = town.owner.call("PATCH", town.path, {"name": "City"}, headers=headers, if_match="*")
    assert answer.status_code < 300, answer.text
    assert answer.headers["X-Request-Id"] == trace
    entry = journal.entries(units)[-1]
    recorded = entry.said["request"]
    assert entry.said["action"] == {"front": "ballot.cast", "route": "community.updated"}[way]
    assert (recorded == trace) is TRACES[trace]
    assert TRACES[trace] or re.fullmatch("[0-9a-f]{32}", recorded)
    line = json.loads(log_lines.getvalue().splitlines()[-1])
    assert (line["request_id"], line["audit_request_id"]) == (trace, recorded)


@pytest.mark.parametrize("end", ["registration", "sign-in", "refresh"])
def test_a_visitor_s_id_enters_the_log_no_more_than_others_do(end, portal, units):
    person, headers = portal.person(), {"X-Request-Id": "Ada-Lovelace"}
    path, body = {
        "registration": (
            "/v1/accounts",
            {"email": f"{uuid.uuid4().hex}@example.org", "password": PASSWORD, "display_name": "Ada"},
        ),
        "sign-in": ("/v1/sessions", {"email": person.email, "password": PASSWORD}),
        "refresh": ("/v1/sessions/refresh", {"refresh_token": person.refresh_token}),
    }[end]
    portal.visitor.ok("POST", path, body, headers=headers)
    assert re.fullmatch("[0-9a-f]{32}", journal.entries(units)[-1].said["request"])


def test_the_auditor_reads_what_was_written(portal, units):
    town = town_of(portal)
    auditor = portal.join(town, "auditor")
    path = ballot_in(town, opened=True)
    town.members[0].ok("PUT", f"{path}/votes/me", {"choice": [CANARY]})
    stored = [entry for entry in journal.entries(units) if entry.log == town.id]
    served: list[Any] = []
    page = {"next_cursor": ""}
    while page["next_cursor"] is not None:
        cursor = f"&cursor={page['next_cursor']}" if page["next_cursor"] else ""
        page = auditor.ok("GET", f"{town.path}/audit-entries?limit=2{cursor}")
        served += page["items"]
    assert [item["body"].encode() for item in served] == [entry.body for entry in stored]
    assert [item["leaf_hash"] for item in served] == [entry.leaf_hash.hex() for entry in stored]
    for item in served:
        assert item["entry"] == json.loads(item["body"])
        if item["content"] is not None:
            salt = bytes.fromhex(item["salt"])
            opened = hmac.digest(salt, canonical(item["content"]), "sha256").hex()
            assert item["entry"]["commitment"] == opened
    assert {entry.log for entry in journal.entries(units)} == {town.id, INSTALLATION}
