"""Every operation that changes something writes one audit entry when it succeeds, and none when it does not.

The operations are taken from the API itself: one that is added without a walk fails.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import uuid
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.api.calls import PROVING
from tests.api.walks import WALKS
from tests.api.walks.ballots import ballot_in
from tests.api.walks.canary import CANARY, NO_FREE_TEXT, person_of, texts_without_canary, town_of
from tests.api.walks.refusals import refusals
from tests.api.walks.walk import INSTALLATION, Walk
from tests.support import journal
from tests.support.portal import PASSWORD

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


def canonical(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def test_every_operation_that_changes_something_has_a_walk(operations):
    changing = {name for name, operation in operations.items() if not operation.reads}
    # An entry would say when an anonymous vote was cast: the ballot box is its log. See the tests of secret ballots.
    assert set(WALKS) == changing - {"cast_secret_vote"}


@pytest.mark.parametrize("name", WALKS)
def test_one_success_makes_one_entry_and_a_refusal_none(name, portal, units, operations, log_lines):
    operation = operations[name]
    walk = WALKS[name](portal)
    stranger = portal.person(f"{CANARY} Eve")
    if isinstance(operation.body, str):
        assert CANARY in walk.call.body
    elif operation.body is not None:
        assert texts_without_canary(operation.body, walk.call.body) <= NO_FREE_TEXT

    watched = journal.mark if name in PROVING else journal.trace
    before = watched(units)
    for what, status, refused in refusals(walk, operation, stranger):
        answer = refused()
        assert answer.status_code == status, (what, answer.text)
        assert watched(units) == before, what

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
    if operation.idempotent and isinstance(operation.body, str):
        changes_nothing("its key with another body", 422, walk.call.send(body=walk.call.body + "\n", key=key))
    elif operation.idempotent and operation.body is not None:
        other = {**walk.call.body, next(iter(operation.body.fields)): []}
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
    assert (said["request"] == trace) is walk.traced
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
