import io
import json
import logging

import pytest

from app.http.logging import configure_logging


@pytest.fixture
def lines():
    """What the application logs, parsed."""
    root = logging.getLogger("althing")
    before = (root.handlers[:], root.level, root.propagate)
    stream = io.StringIO()
    configure_logging("info", stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.handlers[:], root.level, root.propagate = before


def test_each_request_is_one_line_without_secrets(call, lines):
    path = call.create("A very secret title").headers["Location"]
    call("GET", path + "?token=secret", headers={"X-Request-Id": "r-7"})
    assert [(x["method"], x["status"]) for x in lines()] == [("POST", 201), ("GET", 422)]
    line = lines()[1]
    assert line["route"] == "/v1/communities/<uuid:community_id>/notes/<uuid:note_id>"
    assert line["request_id"] == "r-7"
    assert line["duration_ms"] >= 0
    assert line["level"] == "info"
    assert line["time"].endswith("Z")
    assert set(line) == {
        "time", "level", "logger", "message", "method", "route", "status", "duration_ms", "request_id",
        "audit_request_id",
    }  # fmt: skip
    text = json.dumps(lines())
    for secret in ("secret", "alice", path):
        assert secret not in text


def test_an_unknown_path_is_not_repeated(app, lines):
    app.test_client().get("/some/unknown/path%0Aforged")
    (line,) = lines()
    assert (line["route"], line["status"]) == (None, 404)
    assert "forged" not in json.dumps(line)


def test_a_defect_is_logged_with_its_traceback_on_one_line(lines):
    logger = logging.getLogger("althing.error")
    try:
        int("two\nlines")
    except ValueError:
        logger.exception("it\nbroke", extra={"request_id": "r-8", "thing": object})
    (line,) = lines()
    assert line["message"] == "it\nbroke"
    assert "ValueError: invalid literal" in line["traceback"]
    assert (line["request_id"], line["level"]) == ("r-8", "error")
