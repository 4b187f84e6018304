"""Who gets which answer from which operation, against a table written by hand.

The table knows nothing of the permission map: an operation that is added without a row there fails, and so
does a permission that moves.
"""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.test import TestResponse

from app.http.operation import AUTHENTICATED, PUBLIC
from tests.api.calls import PROVING
from tests.api.matrix.requests import REQUESTS
from tests.api.matrix.table import TABLE
from tests.support import journal
from tests.support.portal import UNKNOWN

#: What answers without being an operation: probes, documents and their files.
PAGES = {"/livez", "/readyz", "/openapi.json", "/docs", "/problems"}

#: After these the caller is not what they were.
DISPOSABLE = {
    "leave_community",
    "sign_out",
    "join_community",
    "change_own_password",
    "erase_own_account",
    "erase_own_membership",
}


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
    row = TABLE[name]
    if scene.units.engine.dialect.name == "postgresql":  # the rules are the same: one caller for each answer
        row = {kind: answer for answer, kind in {answer: kind for kind, answer in row.items()}.items()}
    answers = {}
    watched = journal.mark if name in PROVING else journal.trace
    for kind, expected in row.items():
        person = scene.fresh(kind) if name in DISPOSABLE else scene.callers[kind]
        request = REQUESTS[name](scene, person)
        before = watched(scene.units) if expected >= 400 else None
        answer = request.send(person)
        answers[kind] = answer.status_code
        if expected >= 400:
            assert watched(scene.units) == before, (kind, "left a trace")
            assert answer.content_type == "application/problem+json"
    assert answers == row


def test_the_mark_of_a_database_tells_any_trace_and_nothing_else(scene):
    before, trace = journal.mark(scene.units), journal.trace(scene.units)
    assert journal.mark(scene.units) == before
    assert journal.trace(scene.units) == trace
    scene.callers["member"].ok("PATCH", "/v1/accounts/me", {"display_name": "Somebody else"}, if_match="*")
    after = journal.mark(scene.units)
    assert journal.trace(scene.units) != trace
    assert {name for name in after if after[name] != before[name]} == {
        "accounts",
        "audit_contents",
        "audit_outbox",
    }


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
    counting = {
        "get_result",
        "list_charts",
        "draw_chart",
        "draw_jury",
        "download_delegations",
        "download_votes",
    }
    assert written == {"leave_community", "erase_own_membership"} | counting
