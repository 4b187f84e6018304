import base64
import hashlib
import tracemalloc

import pytest

from app.http.blueprint import Blueprint
from app.http.exports import Stream
from app.http.operation import PUBLIC
from tests.http.conftest import Caller
from tests.http.toy import make_app


def test_a_download_names_its_file_length_and_digest(call):
    call.create("One", stars=1)
    call.create("Two, or more", stars=2)
    response = call("GET", "/export")
    assert response.data == b'title,stars\r\nOne,1\r\n"Two, or more",2\r\n'
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8; header=present"
    assert response.headers["Content-Disposition"] == 'attachment; filename="notes.csv"'
    assert response.headers["Cache-Control"] == "no-store"
    assert int(response.headers["Content-Length"]) == len(response.data)
    digest = base64.b64encode(hashlib.sha256(response.data).digest()).decode()
    assert response.headers["Repr-Digest"] == f"sha-256=:{digest}:"


def test_the_headers_alone_can_be_asked_for(call):
    with call("HEAD", "/export") as response:
        assert (response.status_code, response.data) == (200, b"")
        assert int(response.headers["Content-Length"]) == len(b"title,stars\r\n")


def _streaming(chunks):
    blp = Blueprint("stream", __name__, url_prefix="/v1")

    @blp.operation(
        "GET", "/stream", operation_id="stream", permission=PUBLIC, returns=(200, "application/octet-stream")
    )
    def stream(_context):
        """Stream."""
        return Stream(chunks(), "Zürich.bin", "application/octet-stream")

    return blp


def test_a_failure_midway_is_an_honest_500(engine):
    def chunks():
        yield b"x" * 3_000_000
        raise ZeroDivisionError

    response = Caller(make_app(engine, _streaming(chunks)))("GET", "/v1/stream")
    assert response.status_code == 500
    assert response.content_type == "application/problem+json"


def test_a_large_download_stays_out_of_memory(engine):
    size, block = 64, 1 << 20

    def chunks():
        for i in range(size):
            yield bytes([i]) * block

    client = make_app(engine, _streaming(chunks)).test_client()
    tracemalloc.start()
    try:
        response = client.get("/v1/stream")
        total = sum(len(part) for part in response.iter_encoded())
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        response.close()
    assert total == size * block == int(response.headers["Content-Length"])
    assert peak < 16 * block
    disposition = response.headers["Content-Disposition"]
    assert disposition == "attachment; filename=\"Z_rich.bin\"; filename*=UTF-8''Z%C3%BCrich.bin"


@pytest.mark.parametrize("result", ["text", b"text"])
def test_raw_content_needs_no_stream(engine, result):
    blp = Blueprint("raw", __name__, url_prefix="/v1")

    @blp.operation("GET", "/raw", operation_id="raw", permission=PUBLIC, returns=(200, "text/plain"))
    def raw(_context):
        """Answer with text."""
        return result

    response = make_app(engine, blp).test_client().get("/v1/raw")
    assert (response.data, response.headers["Content-Type"]) == (b"text", "text/plain; charset=utf-8")


def test_raw_bodies_arrive_as_bytes_within_their_own_limit(engine):
    blp = Blueprint("raw", __name__, url_prefix="/v1")

    @blp.operation(
        "POST",
        "/import",
        operation_id="import_it",
        permission=PUBLIC,
        body="text/csv",
        most_bytes=200_000,
        returns=(200, "text/plain"),
    )
    def import_it(_context, *, body):
        """Count bytes."""
        return str(len(body))

    client = make_app(engine, blp).test_client()
    assert client.post("/v1/import", data=b"x" * 150_000, content_type="text/csv").text == "150000"
    assert client.post("/v1/import", data=b"x" * 200_001, content_type="text/csv").status_code == 413
    assert client.post("/v1/import", data=b"{}", content_type="application/json").status_code == 415
