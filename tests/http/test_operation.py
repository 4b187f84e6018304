import uuid


def test_a_note_is_created_read_edited_and_deleted(call):
    created = call.create("First", stars=3)
    assert created.status_code == 201, created.text
    path = created.headers["Location"]
    assert created.headers["ETag"] == f'"note.{created.json["id"]}.1"'
    read = call("GET", path)
    assert read.json == created.json
    edited = call("PATCH", path, json={"title": "Second"}, headers={"If-Match": read.headers["ETag"]})
    assert edited.status_code == 200, edited.text
    assert edited.headers["ETag"] == f'"note.{created.json["id"]}.2"'
    stale = call("PATCH", path, json={"title": "Third"}, headers={"If-Match": read.headers["ETag"]})
    assert stale.status_code == 412
    assert call("DELETE", path, headers={"If-Match": "*"}).status_code == 204
    assert call("GET", path).status_code == 404


def test_lists(call):
    for i in range(5):
        assert call.create(f"Note {i}").status_code == 201
    page = call("GET", query_string={"limit": 2})
    assert page.status_code == 200, page.text
    assert [n["title"] for n in page.json["items"]] == ["Note 0", "Note 1"]
    print(page.headers)
    assert call("GET", "/export").text


def test_openapi(app):
    from openapi_spec_validator import validate

    doc = app.test_client().get("/openapi.json").json
    validate(doc)
    import json

    print(json.dumps(doc, indent=1)[:6000])
    assert 0
