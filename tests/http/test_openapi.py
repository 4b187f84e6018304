import pytest
from openapi_spec_validator import validate

from tests.http.conformance import run
from tests.http.toy import HOME, make_app


@pytest.fixture
def document(app):
    return app.test_client().get("/openapi.json").json


@pytest.fixture
def operations(document):
    methods = {"get", "post", "put", "patch", "delete"}
    return {
        operation["operationId"]: operation
        for path in document["paths"].values()
        for method, operation in path.items()
        if method in methods
    }


def test_the_document_is_valid_openapi_3_1(document):
    assert document["openapi"] == "3.1.0"
    validate(document)


def test_every_operation_is_documented_once_with_its_permission(operations, api):
    assert set(operations) == set(api.operations)
    assert {name: o["x-permission"] for name, o in operations.items()} == {
        name: str(o.permission) for name, o in api.operations.items()
    }
    assert operations["ping"]["x-permission"] == "public"
    assert operations["get_me"]["x-permission"] == "authenticated"


def test_all_but_public_operations_need_a_token(operations, document):
    assert document["components"]["securitySchemes"]["bearerAuth"]["scheme"] == "bearer"
    for name, operation in operations.items():
        public = name == "ping"
        assert operation["security"] == ([] if public else [{"bearerAuth": []}])
        assert ("401" in operation["responses"]) is not public


def test_every_error_is_a_problem_and_every_answer_names_its_request(document, operations):
    components = document["components"]["responses"]
    for operation in operations.values():
        for status, response in operation["responses"].items():
            body = components[response["$ref"].rpartition("/")[2]] if "$ref" in response else response
            assert "X-Request-Id" in body["headers"]
            if int(status) >= 400:
                assert list(body["content"]) == ["application/problem+json"]


@pytest.mark.parametrize(
    ("name", "statuses"),
    [
        ("ping", {200, 400, 422, 429, 500, 503}),
        ("create_note", {201, 400, 401, 403, 404, 409, 413, 415, 422, 429, 500, 503}),
        ("get_note", {200, 304, 400, 401, 403, 404, 422, 429, 500, 503}),
        ("edit_note", {200, 400, 401, 403, 404, 409, 412, 413, 415, 422, 428, 429, 500, 503}),
        ("delete_note", {204, 400, 401, 403, 404, 412, 422, 428, 429, 500, 503}),
    ],
)
def test_each_operation_lists_the_statuses_it_can_give(operations, name, statuses):
    assert set(map(int, operations[name]["responses"])) == statuses


def test_words_and_examples_arrive(operations):
    create = operations["create_note"]
    assert create["summary"] == "Write a note"
    assert create["description"] == "It starts unpublished; its title is unique in the community."
    assert create["responses"]["409"]["description"] == "A note with this title exists."
    body = create["requestBody"]
    assert body["required"] is True
    assert body["content"]["application/json"]["example"]["title"] == "Which flavour next?"
    assert list(operations["edit_note"]["requestBody"]["content"]) == [
        "application/merge-patch+json",
        "application/json",
    ]


def test_headers_that_matter_are_documented(document, operations):
    assert {"ETag", "Location", "Idempotent-Replayed"} <= set(
        operations["create_note"]["responses"]["201"]["headers"]
    )
    assert "Link" in operations["list_notes"]["responses"]["200"]["headers"]
    assert {"Content-Disposition", "Repr-Digest"} <= set(
        operations["export_notes"]["responses"]["200"]["headers"]
    )
    parameters = document["components"]["parameters"]
    assert parameters["If-Match"]["schema"]["pattern"] == '^("[!#-~]+"|\\*)$'
    assert parameters["Idempotency-Key"]["required"] is True
    responses = document["components"]["responses"]
    assert "Retry-After" in responses["Status503"]["headers"]
    assert "WWW-Authenticate" in responses["Status401"]["headers"]


def test_fields_say_what_they_accept(document):
    everything = document["components"]["schemas"]["Everything"]
    assert everything["additionalProperties"] is False
    members = everything["properties"]
    assert members["opens_at"] == {"type": "string", "format": "date-time"}
    assert members["period"]["pattern"].startswith("^P")
    assert members["ratio"]["type"] == "string"
    assert members["secrecy"]["enum"] == ["open", "sealed"]
    assert members["scores"]["maxProperties"] == 5
    assert members["scores"]["propertyNames"]["pattern"] == "^[a-z]{1,36}$"
    assert members["options"]["maxItems"] == 10
    assert members["note"]["type"] == ["string", "null"]
    limit, cursor, published = document["paths"]["/v1/communities/{community_id}/notes"]["get"]["parameters"]
    assert limit["schema"] == {"type": "integer", "default": 25, "minimum": 1, "maximum": 100}
    assert cursor["schema"]["type"] == "string"
    assert published["schema"] == {"type": "boolean"}


def test_answers_document_every_member_as_present_and_may_grow(document):
    note = document["components"]["schemas"]["Note"]
    assert note["required"] == ["id", "published", "stars", "title"]
    assert "additionalProperties" not in note


def test_the_document_is_the_same_each_time(engine):
    first, second = (make_app(engine).test_client().get("/openapi.json").data for _ in range(2))
    assert first == second


def test_schemathesis_finds_nothing(app):
    statuses, findings = run(app, token="alice", parameters={"community_id": str(HOME)}, examples=15)
    assert findings == []
    assert {200, 201, 204, 400, 401, 404, 405, 409, 412, 415, 422, 428} <= set(statuses)
