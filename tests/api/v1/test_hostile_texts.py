"""Markup in everything that people can write about each other: kept as it is, served as data, inert as HTML."""

from __future__ import annotations

import pytest

from tests.services.test_markdown import PAYLOADS, read
from tests.support.discussion import last_part
from tests.support.moderation import HIDING, REPORT, Court


@pytest.fixture(scope="module")
def browsers():
    """Payloads several to a text, so that there are few texts."""
    return ["\n\n".join(PAYLOADS[place : place + 9]) for place in range(0, len(PAYLOADS), 9)]


def test_no_text_of_a_discussion_acts_in_any_representation(portal, browsers):
    court = Court(portal)
    for text in browsers:
        path = court.commented(text)
        case = court.reported(path, note=text)
        court.steward.ok("POST", f"{case}/hide", HIDING | {"reason": text})
        court.author.ok("POST", f"{case}/appeal", {"reason": text})
        for person, there in (
            (court.author, path),
            (court.author, f"{path}/texts"),
            (court.other, path),
            (court.other, f"{court.debate}/comments"),
            (court.steward, case),
            (court.steward, f"{case}/reports"),
            (court.author, f"{case}/steps"),
            (court.auditor, f"{court.town.path}/audit-entries?limit=100"),
        ):
            answer = person.call("GET", there)
            assert answer.status_code == 200
            assert answer.content_type == "application/json"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
        seen = court.author.ok("GET", path)
        assert seen["body"] == text
        read(seen["body_html"])
        assert court.other.ok("GET", path)["hidden"]["reason"] == text
        assert court.steward.ok("GET", f"{case}/reports")["items"][0]["note"] == text


def test_a_proposal_s_body_is_served_as_inert_html_beside_it(portal, browsers):
    court = Court(portal)
    for text in browsers:
        body = {"decision_type": "quick", "title": "<script>alert(1)</script>", "body": text}
        made = court.author.ok("POST", f"{court.town.path}/proposals", body)
        seen = court.author.ok("GET", f"{court.town.path}/proposals/{made['id']}")
        assert (seen["title"], seen["body"]) == (body["title"], text)
        read(seen["body_html"])


def test_a_reason_that_stands_for_a_hidden_proposal_s_body_is_inert_too(portal):
    court = Court(portal)
    case = court.reported(court.debate)
    reason = "<script>alert(1)</script> ![x](https://evil.example/p.png)"
    court.steward.ok("POST", f"{case}/hide", HIDING | {"reason": reason})
    seen = court.other.ok("GET", court.debate)
    assert seen["body"] == reason
    read(seen["body_html"])
    assert seen["hidden"]["case_id"] == last_part(case)


@pytest.mark.parametrize(
    "text",
    ["این پمپ خوب است؟", "هل المضخة جيدة؟", "\u202egnp.exe\u202c", "\ufeffx\u2066y\u2069", "🫶🏽 e\u0301"],
)
def test_text_of_any_script_comes_back_byte_for_byte(text, portal):
    court = Court(portal)
    path = court.commented(text)
    case = court.reported(path, note=text)
    court.steward.ok("POST", f"{case}/hide", HIDING | {"reason": text})
    assert court.author.ok("GET", path)["body"] == text
    assert text in court.author.ok("GET", path)["body_html"]
    assert court.other.ok("GET", path)["hidden"]["reason"] == text
    assert (
        court.steward.ok("GET", f"{case}/reports")["items"][0] | REPORT | {"note": text}
        == court.steward.ok("GET", f"{case}/reports")["items"][0]
    )
