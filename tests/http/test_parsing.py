import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.http.parsing import load_json

GREATEST = 2**53 - 1


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"{}x",
        b"{'a': 1}",
        b'{"a": 1,}',
        b'{"a": 1, "a": 2}',
        b'{"a": {"b": 1, "b": 1}}',
        b"NaN",
        b'{"a": Infinity}',
        b'{"a": -Infinity}',
        b'{"a": 1e400}',
        b'{"a": -1e400}',
        b'{"a": 9007199254740992}',
        b'{"a": -9007199254740992}',
        b'{"a": ' + b"9" * 5000 + b"}",
        b'{"a": "\\ud800"}',
        b'{"\\udc00": 1}',
        b'{"a": "\\u0000"}',
        b'{"a\\u0000": 1}',
        b'{"a": "\x00"}',
        b'{"a": "\n"}',
        b'{"a": "\xff"}',
        b'{"a": "\xed\xa0\x80"}',
        b"\xef\xbb\xbf{}",
        "{}".encode("utf-16"),
        b"[" * 33 + b"]" * 33,
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'[{"a":' * 17 + b"1" + b"}]" * 17,
    ],
)
def test_what_is_not_strict_json_is_refused(text):
    with pytest.raises(ValueError, match=r"\w"):
        load_json(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b"[" * 32 + b"]" * 32, json.loads("[" * 32 + "]" * 32)),
        (b'{"a": 9007199254740991, "b": -9007199254740991}', {"a": GREATEST, "b": -GREATEST}),
        (b'{"a": 3.0, "b": 1e3, "c": -0}', {"a": 3.0, "b": 1000.0, "c": 0}),
        (b'"\\ud83d\\ude00"', "\U0001f600"),
        (' {"ü": "\U0001f600\x7f\u2028"} '.encode(), {"ü": "\U0001f600\x7f\u2028"}),
        (b"[[1],[2],[3]]" + b" " * 100, [[1], [2], [3]]),
        (b"[" + b"[]," * 50 + b"null]", [[]] * 50 + [None]),
    ],
)
def test_what_is_strict_json_is_read(text, value):
    assert load_json(text) == value


_scalars = (
    st.none()
    | st.booleans()
    | st.integers(-GREATEST, GREATEST)
    | st.floats(allow_nan=False, allow_infinity=False)
)
_texts = st.text(st.characters(exclude_characters="\0", codec="utf-8"))


@given(
    st.recursive(_scalars | _texts, lambda inner: st.lists(inner) | st.dictionaries(_texts, inner)),
    st.booleans(),
)
def test_every_strict_document_survives(document, ascii_only):
    assert load_json(json.dumps(document, ensure_ascii=ascii_only).encode()) == document


@given(st.binary())
def test_nothing_but_a_value_error_ever_leaves(raw):
    try:
        load_json(raw)
    except ValueError as error:
        assert str(error)  # noqa: PT017 - most inputs are refused, some are JSON


class TestBody:
    @pytest.mark.parametrize(
        ("data", "status"),
        [(b"{", 400), (b"\xff", 400), (b"[]", 422), (b"3", 422), (b"null", 422), (b"{}", 422), (b"", 400)],
    )
    def test_malformed_is_400_and_misshapen_is_422(self, call, data, status):
        response = call("POST", data=data, content_type="application/json", headers={"Idempotency-Key": "k"})
        assert response.status_code == status

    @pytest.mark.parametrize(
        "content_type",
        [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
         "application/merge-patch+json", "application/vnd.api+json", "application/json; charset=latin-1"],
    )  # fmt: skip
    def test_other_media_types_are_415(self, call, content_type):
        response = call(
            "POST", data=b'{"title": "x"}', content_type=content_type, headers={"Idempotency-Key": "k"}
        )
        assert response.status_code == 415
        assert response.headers["Accept"] == "application/json"

    @pytest.mark.parametrize(
        "content_type",
        [
            "application/json",
            "APPLICATION/JSON",
            "application/json; charset=UTF-8",
            "application/merge-patch+json",
        ],
    )
    def test_a_patch_is_a_merge_patch_under_either_name(self, call, content_type):
        note = call.create()
        response = call(
            "PATCH",
            note.headers["Location"],
            data=b'{"stars": 7}',
            content_type=content_type,
            headers={"If-Match": "*"},
        )
        assert (response.status_code, response.json["stars"]) == (200, 7)

    def test_a_patch_of_another_type_is_told_what_is_accepted_and_changes_nothing(self, call):
        note = call.create()
        response = call(
            "PATCH", note.headers["Location"], data="x", content_type="text/plain", headers={"If-Match": "*"}
        )
        assert response.status_code == 415
        assert response.headers["Accept-Patch"] == "application/merge-patch+json, application/json"
        assert call("GET", note.headers["Location"]).headers["ETag"] == note.headers["ETag"]

    @pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "identity, gzip"])
    def test_encoded_bodies_are_415(self, call, encoding):
        headers = {"Content-Encoding": encoding, "Idempotency-Key": "k"}
        response = call("POST", json={"title": "x"}, headers=headers)
        assert response.status_code == 415
        assert response.headers["Accept-Encoding"] == "identity"

    def test_a_body_too_large_is_413(self, call):
        response = call.create("x", tags=["y" * 200_000])
        assert response.status_code == 413
        assert response.json["type"] == "/problems/body-too-large"

    def test_a_chunked_body_too_large_is_413(self, call):
        response = call(
            "POST",
            input_stream=io.BytesIO(b'{"title": "' + b"x" * 200_000),
            content_type="application/json",
            headers={"Transfer-Encoding": "chunked", "Idempotency-Key": "k"},
            environ_overrides={"wsgi.input_terminated": True},
        )
        assert response.status_code == 413

    def test_a_body_where_none_belongs_is_400(self, call):
        note = call.create()
        path = note.headers["Location"]
        assert call("POST", path + "/publish", json={}).status_code == 400
        assert call("GET", path, json={}).status_code == 400
        assert call("POST", path + "/publish", data=b"").status_code == 202

    def test_unknown_members_are_422_with_a_pointer(self, call):
        response = call.create("x", id="1", **{"a/b~c": 1})
        assert response.status_code == 422
        assert [e["pointer"] for e in response.json["errors"]] == ["#/a~1b~0c", "#/id"]


class TestQuery:
    @pytest.mark.parametrize(
        ("query", "parameter"),
        [
            ("colour=red", "colour"),
            ("limit=1&limit=2", "limit"),
            ("limit=", "limit"),
            ("limit=0", "limit"),
            ("limit=101", "limit"),
            ("limit=1.0", "limit"),
            ("limit=+1", "limit"),
            ("limit=01", "limit"),
            ("limit=1_0", "limit"),
            ("limit=%D9%A3", "limit"),
            ("limit=99999999999999999999", "limit"),
            ("published=yes", "published"),
            ("published=True", "published"),
            ("published=1", "published"),
            ("cursor=", "cursor"),
            ("cursor=%00", "cursor"),
            ("cursor=%ED%A0%80", "cursor"),
            ("=1", ""),
        ],
    )
    def test_what_the_document_does_not_allow_is_422(self, call, query, parameter):
        response = call("GET", query_string=query)
        assert response.status_code == 422
        assert {e["parameter"] for e in response.json["errors"]} == {parameter}

    def test_an_operation_without_parameters_refuses_all(self, call):
        assert call("GET", "/v1/me?x=1").status_code == 422
        assert call("GET", "/v1/me?").status_code == 200

    def test_good_parameters_arrive(self, call):
        note = call.create("one", stars=1)
        call.create("two")
        call("POST", note.headers["Location"] + "/publish")
        titles = [n["title"] for n in call("GET", query_string="published=true&limit=5").json["items"]]
        assert titles == ["one"]
