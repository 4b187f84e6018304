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
from tests.support import journal
from tests.support.portal import PASSWORD, Person, Portal, Town

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
        "kind": "general",
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
        repeats=[Call(person, "PATCH", path, body, "*")],
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


def town_of(portal: Portal, members: int = 1) -> Town:
    return portal.town(members=members, name=f"{CANARY} town", description=f"{CANARY} words")


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
        create_ballot,
        update_ballot,
        delete_ballot,
        open_ballot,
        cast_vote,
        close_ballot,
        get_result,
        list_charts,
        draw_chart,
        draw_jury,
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
    trace, key = f"trace-{uuid.uuid4().hex}", uuid.uuid4().hex
    answer = walk.call.send(headers={"X-Request-Id": trace}, key=key)
    assert answer.status_code < 300, answer.text
    after = journal.entries(units)
    assert after[: len(before)] == before
    (entry,) = after[len(before) :]
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
