"""Malformed, oversized, forged and repeated requests on the real endpoints, and databases that do not answer."""

from __future__ import annotations

import functools
import re
import sqlite3
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

import app.db.engine
from app import create_app
from app.config import Settings
from app.http.operation import PUBLIC, Operation
from tests.support import journal
from tests.support.declared import request_of
from tests.support.portal import PASSWORD, Person, Portal, Town

UNKNOWN = "00000000-0000-7000-8000-000000000000"

#: Where judging the text of a request is all there is to it, one database says as much as two.
one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def operations(app) -> dict[str, Operation]:
    return app.extensions["althing.api"].operations


def path_of(operation: Operation, **known: str) -> str:
    """Fill the operation's rule: with what is known, else with an identifier that nothing has."""
    rule = re.sub(r"<any\(([a-z_]+)[^>]*>", r"\1", operation.rule)
    rule = re.sub(r"<int\([^>]*:(\w+)>", lambda match: known.get(match[1], "1"), rule)
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda match: known.get(match[1], UNKNOWN), rule)


def send(operation: Operation, person: Person, **options: Any) -> TestResponse:
    """Make a call that is right in form, except for what is given."""
    path = options.pop("path", path_of(operation))
    if operation.if_match:
        options.setdefault("if_match", "*")
    body = options.pop("body", None if "data" in options else request_of(operation))
    return person.call(operation.method, path, body, **options)


def assert_problem(answer: TestResponse, *statuses: int) -> None:
    assert answer.status_code in statuses, (answer.status_code, answer.text)
    assert answer.content_type == "application/problem+json"
    assert answer.get_json()["status"] == answer.status_code


def deep(depth: int) -> bytes:
    return b'{"a":' + b"[" * depth + b"]" * depth + b"}"


MALFORMED = {
    "nothing": b"",
    "a member twice": b'{"a":1,"a":2}',
    "a member twice, deeper": b'{"a":{"b":1,"b":1}}',
    "NaN": b'{"a":NaN}',
    "infinity": b'{"a":-Infinity}',
    "1e400": b'{"a":1e400}',
    "33 levels": deep(32),
    "a hundred thousand levels": deep(100_000),
    "brackets that never close": b"[" * 100_000,
    "a lone surrogate": b'{"a":"\\ud800"}',
    "a lone surrogate as a name": b'{"\\udfff":1}',
    "NUL": b'{"a":"\\u0000"}',
    "a raw NUL": b'{"a":"\x00"}',
    "2^53": b'{"a":9007199254740992}',
    "-2^53": b'{"a":-9007199254740992}',
    "five thousand digits": b'{"a":' + b"9" * 5_000 + b"}",
    "not UTF-8": b'{"a":"\xff"}',
    "UTF-16": '{"a":1}'.encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf{}",
    "two documents": b"{} {}",
    "a comment": b"{} // yes",
    "single quotes": b"{'a':1}",
}


@one_database
@pytest.mark.parametrize("what", MALFORMED)
def test_what_is_not_strict_json_is_refused_everywhere(what, portal, units, operations):
    person = portal.person()
    before = journal.everything(units)
    for operation in operations.values():
        if operation.body is not None:
            answer = send(operation, person, data=MALFORMED[what], content_type="application/json")
            assert_problem(answer, 400)
            assert answer.get_json()["type"] == "/problems/malformed-json"
    assert journal.everything(units) == before


@one_database
@pytest.mark.parametrize("body", [b"[]", b'"text"', b"null", b"7", b"true", b'[{"title":"x"}]'])
def test_what_is_no_object_is_refused_everywhere(body, portal, operations):
    person = portal.person()
    for operation in operations.values():
        if operation.body is not None:
            answer = send(operation, person, data=body, content_type="application/json")
            assert_problem(answer, 422)


@one_database
@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "multipart/form-data; boundary=x"},
        {"Content-Type": "application/json; charset=utf-16"},
        {"Content-Type": "application/xml"},
        {"Content-Type": ""},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
        {"Content-Type": "application/json", "Content-Encoding": "br"},
    ],
)
def test_another_media_type_or_encoding_is_refused_everywhere(headers, portal, operations):
    person = portal.person()
    for operation in operations.values():
        if operation.body is not None:
            assert_problem(send(operation, person, data=b"{}", headers=headers), 415)


@one_database
@pytest.mark.parametrize("chunked", [False, True])
def test_two_megabytes_are_refused_everywhere(chunked, portal, operations):
    person = portal.person()
    body = b'{"description":"' + b"x" * 2_000_000 + b'"}'
    options: dict[str, Any] = {"headers": {"Content-Type": "application/json"}}
    for operation in operations.values():
        if operation.body is None:
            continue
        if chunked:
            options |= {"environ_overrides": {"wsgi.input_terminated": True}}
            options["headers"] |= {"Transfer-Encoding": "chunked"}
        assert_problem(send(operation, person, data=body, **options), 413)


@one_database
def test_an_unknown_parameter_is_refused_everywhere(portal, operations):
    person = portal.person()
    for operation in operations.values():
        caller = portal.visitor if operation.permission is PUBLIC else person
        answer = send(operation, caller, query_string={"surprise": "1"})
        assert_problem(answer, 422)
        assert {"parameter": "surprise", "detail": "Unknown parameter."} in answer.get_json()["errors"]


@one_database
@pytest.mark.parametrize(
    "limit", ["0", "101", "-1", "1.0", "1e1", "0x1", "1_0", "\u0663", " 1", "", "true", "9" * 40]
)
def test_only_a_plain_number_within_bounds_limits_a_list(limit, portal, operations):
    person = portal.person()
    lists = [operation for name, operation in operations.items() if name.startswith("list_")]
    for operation in lists:
        if operation.query is not None:
            assert_problem(send(operation, person, query_string={"limit": limit}), 422)
            assert_problem(send(operation, person, query_string="limit=1&limit=2"), 422)


# --- mass assignment ----------------------------------------------------------------------------------


@one_database
def test_no_field_of_an_answer_is_taken_as_part_of_a_request(portal, units, operations):
    person, tried = portal.person(), 0
    before = journal.everything(units)
    for operation in operations.values():
        if operation.body is None:
            continue
        known = set(operation.body.fields)
        answered = {
            name for shape in operation.returns.values() if hasattr(shape, "fields") for name in shape.fields
        }
        columns = {"community_id", "account_id", "membership_id", "roles", "role", "is_admin", "state"}
        for field in (answered | columns | {"__class__", "_sa_instance_state"}) - known:
            body = request_of(operation) | {field: UNKNOWN}
            answer = send(operation, person, body=body)
            assert_problem(answer, 422)
            assert f"#/{field}" in {fault["pointer"] for fault in answer.get_json()["errors"]}
            tried += 1
    assert tried > 100
    assert journal.everything(units) == before


@one_database
@pytest.mark.parametrize("place", ["options", "quorum", "threshold"])
def test_no_field_is_smuggled_in_by_a_nested_object(place, portal, operations):
    nested: dict[str, Any] = {
        "options": [{"title": "Mint", "votes": 7}],
        "quorum": {"base": "participants", "count": 1, "votes": 7},
        "threshold": {"ratio": "1/2", "votes": 7},
    }
    operation = operations["create_ballot"]
    body = request_of(operation) | {place: nested[place]}
    answer = send(operation, portal.person(), body=body)
    assert_problem(answer, 422)
    assert [fault["pointer"].rsplit("/", 1)[1] for fault in answer.get_json()["errors"]] == ["votes"]


# --- cursors and paths --------------------------------------------------------------------------------


def lists_of(town: Town) -> list[str]:
    places = ("members", "invitations", "ballots", "audit-entries")
    return ["/v1/communities", "/v1/sessions", *(f"{town.path}/{place}" for place in places)]


def reader_of(path: str, town: Town, auditor: Person) -> Person:
    return auditor if path.startswith(town.path) else town.owner


def filled_town(portal: Portal) -> tuple[Town, Person]:
    """Return a community of which every list has two pages at least, and its auditor."""
    town = portal.town(members=2)
    auditor = portal.join(town, "auditor")
    for _ in range(2):
        town.owner.ok("POST", f"{town.path}/invitations", {})
        portal.ballot(town, opened=False)
        slug = f"more-{uuid.uuid4().hex[:8]}"
        town.owner.ok("POST", "/v1/communities", {"slug": slug, "name": "More"})
        portal.visitor.ok("POST", "/v1/sessions", {"email": town.owner.email, "password": PASSWORD})
    return town, auditor


@pytest.mark.parametrize(
    ("cursor", "status"),
    [
        ("' OR 1=1 --", 422),
        ("1; DROP TABLE ballots", 422),
        ("1) UNION SELECT password_hash FROM accounts --", 422),
        ("pg_sleep(10)", 422),
        ("%00", 422),
        ("", 422),
        ("x" * 1025, 422),
        ("AAAA", 400),
        ("pg_sleep", 400),
        ("x" * 1024, 400),
        ("WyIxIl0", 400),
    ],
)
def test_a_made_up_cursor_is_refused_by_every_list(cursor, status, portal):
    town, auditor = portal.town(), None
    auditor = portal.join(town, "auditor")
    for path in lists_of(town):
        started = time.monotonic()
        answer = reader_of(path, town, auditor).call("GET", path, query_string={"cursor": cursor})
        assert_problem(answer, status)
        assert time.monotonic() - started < 5


def test_a_cursor_fits_the_list_it_came_from_and_no_other(portal):
    town, auditor = filled_town(portal)
    other, _ = filled_town(portal)
    cursors = {}
    for path in lists_of(town):
        page = reader_of(path, town, auditor).ok("GET", f"{path}?limit=1")
        cursors[path] = page["next_cursor"]
        assert cursors[path], path
    for path, cursor in cursors.items():
        reader = reader_of(path, town, auditor)
        assert reader.ok("GET", f"{path}?limit=1&cursor={cursor}")["items"]
        assert reader.ok("GET", f"{path}?limit=2&cursor={cursor}")["items"], "the limit is no filter"
        for elsewhere in lists_of(town):
            if elsewhere != path:
                answer = reader_of(elsewhere, town, auditor).call("GET", f"{elsewhere}?cursor={cursor}")
                assert_problem(answer, 400)
        if path.startswith(town.path):
            foreign = path.replace(town.id, other.id)
            assert_problem(other.owner.call("GET", f"{foreign}?cursor={cursor}"), 400, 403)
        # Somebody else's list at the same address is another list.
        assert_problem(town.members[0].call("GET", f"{path}?cursor={cursor}"), 400, 403)
        flipped = cursor[:-1] + ("A" if cursor[-1] != "A" else "B")
        assert_problem(reader.call("GET", f"{path}?cursor={cursor[1:]}"), 400)
        assert_problem(reader.call("GET", f"{path}?cursor={flipped[:20]}X{flipped[21:]}"), 400)


@one_database
@pytest.mark.parametrize(
    "identifier",
    [
        "1",
        "9" * 24,
        "me",
        "null",
        "..",
        "%2e%2e",
        "%00",
        "' OR 1=1 --",
        "{00000000-0000-7000-8000-000000000000}",
        "00000000000070008000000000000000",
        "urn:uuid:00000000-0000-7000-8000-000000000000",
        "00000000-0000-7000-8000-00000000000g",
        "\u0660" * 8 + "-0000-7000-8000-000000000000",
        "x" * 5_000,
    ],
)
def test_what_is_no_identifier_leads_nowhere(identifier, portal):
    person = portal.person()
    for path in (
        f"/v1/communities/{identifier}",
        f"/v1/communities/{identifier}/ballots/{identifier}",
        f"/v1/receipts/{identifier}",
        f"/v1/communities/{UNKNOWN}/ballots/{identifier}/log",
    ):
        assert_problem(person.call("GET", path), 404)


def owed_in(portal: Portal, town: Town) -> dict[str, Any]:
    """Return what a brand owes after a ballot that everybody was in, with its first promise."""
    rules = {"decision_type": "binding_vote", "vote_change": False, "early_close": True}
    path = portal.ballot(town, opened=False, **rules)
    said = {"undertaking": "We brew it.", "within": "P30D"}
    town.owner.ok("POST", f"{path}/precommitments", said)
    town.owner.ok("POST", f"{path}/open")
    for member in town.members:
        member.ok("PUT", f"{path}/votes/me", {"choice": ["mint"]})
    town.owner.ok("POST", f"{path}/close")
    return town.owner.ok("GET", f"{town.path}/obligations")["items"][0]


def test_an_identifier_of_another_community_is_as_unknown_as_any(portal, units, operations):
    """In every position of every path but the community's own, which the access matrix covers."""
    here, there = portal.town(members=1), portal.town(members=1)
    caller = portal.join(here, "member", "steward", "brand_owner")
    path = portal.ballot(there)
    receipt = there.members[0].ok("PUT", f"{path}/votes/me", {"choice": ["mint"]})
    invitation = there.owner.ok("POST", f"{there.path}/invitations", {})
    (session,) = there.owner.ok("GET", "/v1/sessions")["items"]
    proposals, text = f"{there.path}/proposals", {"title": "There", "body": "There."}
    proposal = there.members[0].ok("POST", proposals, text | {"decision_type": "quick"})
    there.members[0].ok("POST", f"{proposals}/{proposal['id']}/submit")
    suggestions = f"{proposals}/{proposal['id']}/suggestions"
    suggestion = there.members[0].ok("POST", suggestions, text | {"reason": "So."})
    owed = owed_in(portal, there)
    foreign = {
        "ballot_id": path.rsplit("/", 1)[1],
        "membership_id": there.members[0].memberships[there.id],
        "invitation_id": invitation["id"],
        "session_id": session["id"],
        "proposal_id": proposal["id"],
        "suggestion_id": suggestion["id"],
        "obligation_id": owed["id"],
        "milestone_id": owed["milestones"][0]["id"],
    }
    assert receipt["ballot_id"] == foreign["ballot_id"]
    before = {name: rows for name, rows in journal.everything(units).items() if name != "idempotency_records"}
    tried = set()
    for name, operation in operations.items():
        positions = set(re.findall(r"<uuid:(\w+)>", operation.rule)) - {"community_id", "tracker"}
        for position in positions:
            real = send(
                operation,
                caller,
                path=path_of(operation, community_id=here.id, **{position: foreign[position]}),
            )
            unknown = send(operation, caller, path=path_of(operation, community_id=here.id))
            assert_problem(real, 404)
            assert told(real) == told(unknown), name
            tried.add(name)
    assert len(tried) > 15
    after = journal.everything(units)
    assert {name: after[name] for name in before} == before


def told(answer: TestResponse) -> dict[str, Any]:
    body = answer.get_json()
    return {name: value for name, value in body.items() if name not in {"instance", "request_id"}}


@one_database
@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer ",
        "Basic YTpi",
        "bearer a b",
        "Bearer " + "x" * 20_000,
        "Bearer \u00e9",
        "Token x",
        "null",
    ],
)
def test_a_header_that_is_no_token_is_refused_before_anything_is_read(header, portal, operations):
    nobody = Person(portal.app, "")
    for operation in operations.values():
        if operation.permission is not PUBLIC:
            answer = send(operation, nobody, headers={"Authorization": header}, data=b"\xff")
            assert_problem(answer, 401)
            assert answer.headers["WWW-Authenticate"] == 'Bearer realm="althing", error="invalid_token"'


@one_database
@pytest.mark.parametrize("key", ["", "two words", "\u00e9", "a" * 256, '"', "a,b", "'; --", "a\tb"])
def test_a_malformed_idempotency_key_is_refused_everywhere(key, portal, operations):
    person = portal.person()
    for operation in operations.values():
        if operation.idempotent:
            answer = send(operation, person, headers={"Idempotency-Key": key})
            assert_problem(answer, 400)
            assert answer.get_json()["type"] == "/problems/idempotency-key-required"


@one_database
@pytest.mark.parametrize("tag", ["7", "W/7", '"', "'7'", '"a" "b"', "*, *", "* *"])
def test_a_malformed_if_match_is_refused_everywhere(tag, portal, operations):
    person = portal.person()
    for operation in operations.values():
        if operation.if_match:
            assert_problem(send(operation, person, if_match=tag), 400)


@one_database
@pytest.mark.parametrize("trace", ["x" * 65, "a b", "\u00e9", "a;b", "<script>", '"', "../x"])
def test_a_hostile_request_id_is_replaced(trace, portal, units):
    person = portal.person()
    answer = person.call(
        "POST", "/v1/communities", {"slug": "a", "name": "A"}, headers={"X-Request-Id": trace}
    )
    assert answer.status_code == 201
    assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["X-Request-Id"])
    assert journal.entries(units)[-1].said["request"] == answer.headers["X-Request-Id"]


@one_database
def test_every_other_method_is_refused_with_those_there_are(portal, app):
    person = portal.person()
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<any\(['\"]?([a-z_.]+)[^>]*>", r"\1", rule.rule)
        path = re.sub(r"<int[^>]*>", "1", path)
        path = re.sub(r"<[^>]*>", UNKNOWN, path)
        answer = person.call("PROPFIND", path)
        assert_problem(answer, 405)
        assert {"GET", "POST", "PUT", "PATCH", "DELETE"} & set(answer.headers["Allow"].split(", "))


# --- values at the edges ------------------------------------------------------------------------------

EDGES = {
    "the end of time": {"opens_at": "9999-12-31T23:59:59.999Z", "voting_period": "P1D"},
    "past the end of time": {"opens_at": "9999-12-31T00:00:00Z", "voting_period": "P99999D"},
    "the longest period": {"voting_period": "P99999D"},
    "no period": {"voting_period": "PT0S"},
    "the year one": {"opens_at": "0001-01-01T00:00:00Z", "voting_period": "P1D"},
    "a close in the year one": {"closes_at": "0001-01-01T00:00:00Z", "voting_period": None},
    "a close at the end of time": {"closes_at": "9999-12-31T23:59:59.999Z", "voting_period": None},
    "a leap second": {"closes_at": "2999-12-31T23:59:60Z", "voting_period": None},
    "a far offset": {"closes_at": "2999-12-31T23:59:59+23:59", "voting_period": None},
    "a quorum of all": {"quorum": {"base": "weight", "ratio": "1"}},
    "a quorum of millions": {"quorum": {"base": "participants", "count": 2**53 - 1}},
    "both kinds of quorum": {"quorum": {"base": "participants", "count": 1, "ratio": "1/2"}},
    "neither kind of quorum": {"quorum": {"base": "participants"}},
    "a share above all": {"min_approval": "3/2"},
    "a share of nothing": {"min_approval": "0"},
    "a hundred seats": {"method": "stv", "seats": 100},
    "a threshold where none belongs": {"threshold": {"ratio": "1/2"}},
    "settings nobody knows": {"settings": {"surprise": 1}},
    "settings of another kind": {"settings": {"max": "many"}},
    "formulas for titles": {"options": [{"title": "=1+1"}, {"title": "@SUM(A1)"}]},
    "two options of one name": {"options": [{"id": "a", "title": "A"}, {"id": "a", "title": "B"}]},
    "an option named as the next would be": {"options": [{"title": "A"}, {"id": "o1", "title": "B"}]},
    "markup": {"title": "<script>alert(1)</script>", "description": "<img src=x onerror=alert(1)>"},
    "right to left": {"title": "\u202egnp.exe", "description": "\ufeff\ufffe"},
    "astral text": {"title": "\U0001f5f3\ufe0f " * 90 + "!"},
}


@pytest.mark.parametrize("what", EDGES)
def test_values_at_the_edge_are_taken_or_refused_and_break_nothing(what, portal):
    town = portal.town(members=1)
    body = {
        "kind": "general",
        "title": "Edge",
        "method": "approval",
        "options": [{"id": "a", "title": "A"}, {"id": "b", "title": "B"}],
        "voting_period": "P1D",
    }
    drafted = town.owner.call("POST", f"{town.path}/ballots", body | EDGES[what])
    if drafted.status_code != 201:
        assert_problem(drafted, 409, 422)
        return
    path = f"{town.path}/ballots/{drafted.get_json()['id']}"
    shown = town.owner.ok("GET", path)
    for name in ("title", "description"):
        assert shown[name] == (body | {"description": ""} | EDGES[what])[name]
    opened = town.owner.call("POST", f"{path}/open")
    if opened.status_code != 200:
        assert_problem(opened, 409)
        return
    for suffix in ("", "/manifest", "/turnout"):
        town.owner.ok("GET", path + suffix)
    for suffix in ("/votes/me", "/log", "/result"):
        answer = town.members[0].call("GET", path + suffix)
        assert answer.status_code in {200, 404, 409}, answer.text


# --- the same request again ---------------------------------------------------------------------------


def at_once(calls: list[Callable[[], TestResponse]]) -> list[TestResponse]:
    """Make calls on threads of their own, all at one moment."""
    barrier, answers = threading.Barrier(len(calls)), []

    def make(call: Callable[[], TestResponse]) -> None:
        barrier.wait()
        answers.append(call())

    threads = [threading.Thread(target=make, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_twenty_equal_foundings_at_once_found_one_community(portal, units):
    person = portal.person()
    before = len(journal.entries(units))
    found = functools.partial(person.call, "POST", "/v1/communities", {"slug": "one", "name": "One"}, key="k")
    answers = at_once([found] * 20)
    # Whoever waits longer than the database lets a lock be waited for is told to come again.
    assert {answer.status_code for answer in answers} <= {201, 409, 503}
    made = [answer for answer in answers if answer.status_code == 201]
    assert len({answer.data for answer in made}) == 1
    assert sum("Idempotent-Replayed" not in answer.headers for answer in made) == 1
    for late in (answer for answer in answers if answer.status_code != 201):
        assert late.get_json()["type"] in {
            "/problems/idempotency-key-in-flight",
            "/problems/database-unavailable",
        }
        assert late.headers["Retry-After"]
    assert len(person.ok("GET", "/v1/communities")["items"]) == 1
    assert len(journal.entries(units)) == before + 1
    assert found().data == made[0].data


def test_twenty_edits_of_one_version_at_once_make_one_edit(portal):
    town = portal.town()
    tag = town.owner.call("GET", town.path).headers["ETag"]
    answers = at_once(
        [
            functools.partial(town.owner.call, "PATCH", town.path, {"name": f"Town {n}"}, if_match=tag)
            for n in range(20)
        ]
    )
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses[0] == 200
    assert set(statuses[1:]) <= {412, 503}
    assert statuses.count(200) == 1
    assert statuses.count(412) >= 10
    (won,) = (answer for answer in answers if answer.status_code == 200)
    assert town.owner.ok("GET", town.path) == won.get_json()
    assert won.get_json()["version"] == 2


def test_a_key_is_its_owner_s_and_its_place_s_alone(portal):
    first, second = portal.person(), portal.person()
    body = {"slug": "mine", "name": "Mine"}
    made = first.ok("POST", "/v1/communities", body, key="k")
    second.refused(409, "slug-taken", "POST", "/v1/communities", body, key="k")
    theirs = second.ok("POST", "/v1/communities", body | {"slug": "theirs"}, key="k")
    assert theirs["id"] != made["id"]
    invitation = f"/v1/communities/{made['id']}/invitations"
    assert first.call("POST", invitation, {}, key="k").status_code == 201


def test_a_refused_request_does_not_use_up_its_key(portal):
    first, second = portal.person(), portal.person()
    first.ok("POST", "/v1/communities", {"slug": "taken", "name": "Taken"})
    second.refused(409, "slug-taken", "POST", "/v1/communities", {"slug": "taken", "name": "A"}, key="k")
    assert second.call("POST", "/v1/communities", {"slug": "free", "name": "A"}, key="k").status_code == 201


def test_a_kept_answer_is_not_for_whoever_has_lost_the_right_to_it(portal):
    town = portal.town()
    steward = portal.join(town, "steward")
    path = f"{town.path}/invitations"
    code = steward.ok("POST", path, {}, key="k")["code"]
    assert steward.ok("POST", path, {}, key="k")["code"] == code
    town.owner.ok("DELETE", f"{town.path}/members/{steward.memberships[town.id]}/roles/steward")
    assert code not in steward.call("POST", path, {}, key="k").text
    steward.refused(403, "forbidden", "POST", path, {}, key="k")


# --- databases that do not answer ---------------------------------------------------------------------


def assert_unavailable(answer: TestResponse) -> None:
    assert_problem(answer, 503)
    assert int(answer.headers["Retry-After"]) > 0
    assert not re.search(r"sqlite|postgres|psycopg|sqlalchemy|connection to", answer.text, re.IGNORECASE)


@one_database
def test_a_locked_database_answers_readers_and_asks_writers_to_come_again(settings, monkeypatch):
    hasty = [*(p for p in app.db.engine.SQLITE_PRAGMAS if "busy" not in p), "busy_timeout=100"]
    monkeypatch.setattr(app.db.engine, "SQLITE_PRAGMAS", hasty)
    portal = Portal(create_app(settings))
    operations = portal.app.extensions["althing.api"].operations
    town = portal.town(members=1)
    path = portal.ballot(town)
    known = {
        "community_id": town.id,
        "ballot_id": path.rsplit("/", 1)[1],
        "membership_id": town.members[0].memberships[town.id],
    }
    locked = sqlite3.connect(settings.database_url.removeprefix("sqlite:///"), isolation_level=None)
    locked.execute("BEGIN IMMEDIATE")
    try:
        for operation in operations.values():
            caller = town.members[0] if operation.operation_id == "cast_vote" else town.owner
            answer = send(operation, caller, path=path_of(operation, **known))
            if operation.reads:
                assert answer.status_code in {200, 403, 404, 409}, (operation.operation_id, answer.text)
            else:
                assert_unavailable(answer)
    finally:
        locked.execute("ROLLBACK")
        locked.close()
    answer = town.members[0].call("PUT", f"{path}/votes/me", {"choice": ["mint"]})
    assert answer.status_code == 201
    portal.app.extensions["althing.units"].dispose()


@pytest.fixture
def homeless(settings):
    """An application whose PostgreSQL does not exist: nothing listens at its address."""
    pytest.importorskip("psycopg")
    environment = {
        "ALTHING_ENV": "test",
        "ALTHING_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing",
        "ALTHING_SECRET_KEY": settings.secret_key,
        "ALTHING_ARGON2_MEMORY_KIB": "8",
        "ALTHING_ARGON2_PASSES": "1",
        "ALTHING_WORKER": "off",
        "ALTHING_LOG_LEVEL": "error",
    }
    made = create_app(Settings.from_environment(environment))
    yield made
    made.extensions["althing.units"].dispose()


@one_database
def test_without_its_database_every_operation_asks_to_come_again(homeless, portal):
    """The token is good; no more can be known of it without the keys."""
    token = portal.person().token
    for operation in homeless.extensions["althing.api"].operations.values():
        answer = send(operation, Person(homeless, "", token=token))
        if operation.operation_id == "list_methods":
            assert answer.status_code in {200, 503}
        else:
            assert_unavailable(answer)


@one_database
def test_without_its_database_the_process_is_alive_and_not_ready(homeless):
    nobody = Person(homeless, "")
    assert nobody.ok("GET", "/livez") == {"status": "alive"}
    assert nobody.call("GET", "/livez", headers={"Origin": "https://portal.example"}).status_code == 200
    assert nobody.call("GET", "/openapi.json").status_code == 200
    answer = nobody.call("GET", "/readyz")
    assert_unavailable(answer)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_lost_connection_costs_one_answer_and_no_vote(portal, settings):
    town = portal.town(members=1)
    path = portal.ballot(town)
    (voter,) = town.members
    admin = sa.create_engine(
        sa.make_url(settings.database_url).set(drivername="postgresql+psycopg", database="postgres"),
        isolation_level="AUTOCOMMIT",
    )
    name = sa.make_url(settings.database_url).database
    made, revisions = 0, []
    for number in range(6):
        with admin.connect() as connection:
            connection.execute(
                sa.text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"),
                {"name": name},
            )
        for _attempt in range(4):
            choice = [("mint", "lime")[number % 2]]
            answer = voter.call("PUT", f"{path}/votes/me", {"choice": choice})
            if answer.status_code < 300:
                revisions.append(answer.get_json()["revision"])
                made += 1
                break
            assert_unavailable(answer)
    admin.dispose()
    assert made == 6
    assert revisions == [1, 2, 3, 4, 5, 6]
