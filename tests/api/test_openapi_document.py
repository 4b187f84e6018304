"""The OpenAPI document that the repository carries is the one the application serves, and keeps its word."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from openapi_schema_validator import OAS31Validator

from app import create_app
from app.cli.docs import pages
from app.cli.openapi import document as as_committed
from app.config import Settings
from app.policies.permissions import PERMISSION_MAP, Permission
from tests.repository import tree
from tests.support.declared import requests_of

METHODS = {"get", "post", "put", "patch", "delete"}
HOW_TO = "run: flask --app wsgi openapi-document; flask --app wsgi docs"

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def api(app):
    return app.extensions["althing.api"]


@pytest.fixture
def document(api) -> dict[str, Any]:
    return json.loads(as_committed(api))


@pytest.fixture
def described(document) -> list[dict[str, Any]]:
    return [
        operation | {"path": path, "method": method}
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    ]


def test_the_committed_document_is_the_one_the_application_serves(app, api):
    committed = tree.text(tree.ROOT / "openapi" / "openapi.json")
    assert committed == as_committed(api), HOW_TO
    assert app.test_client().get("/openapi.json").get_json() == json.loads(committed)


def test_the_committed_pages_are_those_the_data_say(api):
    for path, text in pages(api).items():
        assert tree.text(tree.ROOT / path) == text, HOW_TO


def test_the_document_does_not_vary_with_the_installation(api, settings, tmp_path):
    elsewhere = create_app(
        Settings.from_environment(
            {
                "ALTHING_ENV": "production",
                "ALTHING_DATABASE_URL": f"sqlite:///{tmp_path}/other.db",
                "ALTHING_SECRET_KEY": "another-secret-for-tests-9876543210-zyxwvu",
                "ALTHING_PUBLIC_URL": "https://althing.example/api",
                "ALTHING_BEHIND_TLS": "true",
                "ALTHING_MAX_BODY_BYTES": "2048",
            }
        )
    )
    assert settings.public_url not in as_committed(api)
    assert as_committed(elsewhere.extensions["althing.api"]) == as_committed(api)
    elsewhere.extensions["althing.units"].dispose()


def test_every_operation_has_an_id_of_its_own_and_says_what_it_asks_for(described, api):
    ids = Counter(operation["operationId"] for operation in described)
    assert [name for name, count in ids.items() if count > 1] == []
    assert set(ids) == set(api.operations)
    known = {permission.value for permission in Permission} | {"public", "authenticated"}
    for operation in described:
        assert operation["x-permission"] in known
        assert operation["summary"]
        assert operation["tags"]
        inside = operation["path"].startswith("/v1/communities/{community_id}")
        by_role = operation["x-permission"] not in {"public", "authenticated"}
        assert inside is (by_role or operation["operationId"] in {"join_community", "cast_secret_vote"})


def test_every_permission_is_asked_for_by_some_operation(described):
    asked = {operation["x-permission"] for operation in described}
    assert {permission.value for permission in PERMISSION_MAP} <= asked
    assert set(PERMISSION_MAP) == set(Permission)


def test_every_post_that_changes_something_takes_a_key(api):
    """PUT and DELETE do nothing a second time by nature; tokens are not kept for replay."""
    posts = {name for name, o in api.operations.items() if o.method == "POST" and not o.reads}
    assert {name for name in posts if not api.operations[name].idempotent} == {
        "register_account",
        "sign_in",
        "refresh_session",
        "issue_credential",  # what is to be signed is its key
    }


def media_of(operation: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for media_type, media in operation.get("requestBody", {}).get("content", {}).items():
        yield f"request {media_type}", media
    for status, response in operation["responses"].items():
        for media_type, media in response.get("content", {}).items():
            yield f"{status} {media_type}", media


def errors_of(document: dict[str, Any], schema: dict[str, Any], value: Any) -> list[str]:
    # References lead into the document's components, so those come along.
    rooted = schema | {"components": document["components"]}
    return [error.message for error in OAS31Validator(rooted).iter_errors(value)]


def test_every_example_follows_its_schema(document, described):
    checked, wrong = 0, []
    for operation in described:
        for place, media in media_of(operation):
            named = [entry["value"] for entry in media.get("examples", {}).values()]
            for example in [*named, *([media["example"]] if "example" in media else [])]:
                checked += 1
                wrong += [
                    f"{operation['operationId']} {place}: {error}"
                    for error in errors_of(document, media["schema"], example)
                ]
    assert wrong == []
    assert checked >= 10


def test_every_body_has_an_example_that_is_taken(api):
    for name, operation in api.operations.items():
        if operation.body is not None:
            examples = requests_of(operation)
            assert examples, name
            for example in examples:
                taken = isinstance(example, str) if isinstance(operation.body, str) else None
                assert operation.body.validate(example) == {} if taken is None else taken, name


def schemas_within(node: Any, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(node, dict):
        if "example" in node or "examples" in node:
            yield path, node
        for name, inner in node.items():
            if name not in {"example", "examples", "default", "enum", "const"}:
                yield from schemas_within(inner, f"{path}/{name}")
    elif isinstance(node, list):
        for position, inner in enumerate(node):
            yield from schemas_within(inner, f"{path}/{position}")


def test_every_example_within_a_schema_follows_it(document):
    checked, wrong = 0, []
    for path, schema in schemas_within(document["components"]["schemas"], "#"):
        values = [*schema.get("examples", []), *([schema["example"]] if "example" in schema else [])]
        for value in values:
            checked += 1
            bare = {name: part for name, part in schema.items() if name not in {"example", "examples"}}
            wrong += [f"{path}: {error}" for error in errors_of(document, bare, value)]
    assert wrong == []
    assert checked


def test_every_default_of_a_parameter_and_a_member_follows_its_schema(document):
    wrong = []

    def walk(node: Any, path: str) -> None:
        if isinstance(node, dict):
            if "default" in node and ("type" in node or "enum" in node):
                bare = {name: part for name, part in node.items() if name != "default"}
                wrong.extend(f"{path}: {e}" for e in errors_of(document, bare, node["default"]))
            for name, inner in node.items():
                walk(inner, f"{path}/{name}")
        elif isinstance(node, list):
            for position, inner in enumerate(node):
                walk(inner, f"{path}/{position}")

    walk({name: document[name] for name in ("paths", "components")}, "#")
    assert wrong == []


def test_every_text_list_and_object_that_a_client_sends_is_bounded(document, described):
    """A list or a text without an end is an invitation."""
    unbounded = set()
    for operation in described:
        for media in operation.get("requestBody", {}).get("content", {}).values():
            unbounded |= set(unbounded_parts(document, media["schema"], operation["operationId"]))
    assert sorted(unbounded) == []


BOUNDS = {
    # A raw body is bounded in bytes, as its description says.
    "string": {"maxLength", "enum", "const", "pattern", "format", "contentMediaType"},
    "array": {"maxItems"},
    "object": {"maxProperties", "properties"},
}


def unbounded_parts(document: dict[str, Any], schema: dict[str, Any], path: str) -> Iterator[str]:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        if f">{name}" in path:  # a component that refers to itself has been looked at
            return
        yield from unbounded_parts(document, document["components"]["schemas"][name], f"{path}>{name}")
        return
    types = schema.get("type", [])
    for kind in [types] if isinstance(types, str) else types:
        if kind in BOUNDS and not BOUNDS[kind] & set(schema):
            yield f"{path}: {kind}"
    if "properties" in schema and schema.get("additionalProperties") is not False:
        yield f"{path}: more properties"
    parts = [(f"{path}/{name}", inner) for name, inner in schema.get("properties", {}).items()]
    parts += [(f"{path}/*", schema[name]) for name in ("items", "additionalProperties") if schema.get(name)]
    parts += [(path, inner) for name in ("anyOf", "oneOf", "allOf") for inner in schema.get(name, [])]
    for place, inner in parts:
        yield from unbounded_parts(document, inner, place)
