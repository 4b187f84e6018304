"""Malformed, oversized and forged requests, on every operation there is."""

from __future__ import annotations

import re
from typing import Any

import pytest

from app.http.operation import PUBLIC, Operation
from tests.api.calls import assert_problem, one_database, send
from tests.support import journal
from tests.support.declared import request_of
from tests.support.portal import UNKNOWN, Person


def takes_json(operation: Operation) -> bool:
    return operation.body is not None and not isinstance(operation.body, str)


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
        if takes_json(operation):
            answer = send(operation, person, data=MALFORMED[what], content_type="application/json")
            assert_problem(answer, 400)
            assert answer.get_json()["type"] == "/problems/malformed-json"
    assert journal.everything(units) == before


@one_database
@pytest.mark.parametrize("body", [b"[]", b'"text"', b"null", b"7", b"true", b'[{"title":"x"}]'])
def test_what_is_no_object_is_refused_everywhere(body, portal, operations):
    person = portal.person()
    for operation in operations.values():
        if takes_json(operation):
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
        if operation.body not in {None, headers["Content-Type"]}:
            assert_problem(send(operation, person, data=b"{}", headers=headers), 415)


@one_database
@pytest.mark.parametrize("chunked", [False, True])
def test_two_megabytes_are_refused_everywhere(chunked, portal, operations):
    person = portal.person()
    body = b'{"description":"' + b"x" * 2_000_000 + b'"}'
    options: dict[str, Any] = {"headers": {"Content-Type": "application/json"}}
    for operation in operations.values():
        if not takes_json(operation):
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


@one_database
def test_no_field_of_an_answer_is_taken_as_part_of_a_request(portal, units, operations):
    person, tried = portal.person(), 0
    before = journal.everything(units)
    for operation in operations.values():
        if not takes_json(operation):
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
