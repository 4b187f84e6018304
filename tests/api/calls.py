"""Calls made from an operation's declaration, right in form, and what an answer that refuses looks like."""

from __future__ import annotations

import re
from typing import Any

import pytest
from werkzeug.test import TestResponse

from app.http.operation import Operation
from tests.support.declared import request_of
from tests.support.portal import UNKNOWN, Person

#: Operations that count a wrong password.
PROVING = {"sign_in", "change_own_password", "erase_own_account", "erase_own_membership"}

#: Where judging the text of a request is all there is to it, one database says as much as two.
one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def path_of(operation: Operation, **known: str) -> str:
    """Fill the operation's rule: with what is known, else with an identifier that nothing has."""
    rule = re.sub(r"<any\(([a-z_]+)[^>]*>", r"\1", operation.rule)
    rule = re.sub(r"<int\([^>]*:(\w+)>", lambda match: known.get(match[1], "1"), rule)
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda match: known.get(match[1], UNKNOWN), rule)


def send(operation: Operation, person: Person, **options: Any) -> TestResponse:
    """Make a call that is right in form, except for what is given; by nobody where nobody may say who they are."""
    if operation.anonymous:
        person = Person(person.app, "nobody")
    path = options.pop("path", path_of(operation))
    if operation.if_match:
        options.setdefault("if_match", "*")
    body = options.pop("body", None if "data" in options else request_of(operation))
    if isinstance(body, str):
        options.setdefault("content_type", operation.body)
    return person.call(operation.method, path, body, **options)


def assert_problem(answer: TestResponse, *statuses: int) -> None:
    assert answer.status_code in statuses, (answer.status_code, answer.text)
    assert answer.content_type == "application/problem+json"
    assert answer.get_json()["status"] == answer.status_code
