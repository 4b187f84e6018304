"""Markup in everything that people can write about each other: kept as it is, served as data, inert as HTML."""

from __future__ import annotations

import pytest

from tests.services.test_markdown import PAYLOADS, read
from tests.support.discussion import last_part
from tests.support.groups import Circle
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


def test_no_text_of_groups_boards_and_ideas_acts_in_any_representation(portal, browsers):
    """As data in every answer, lists, comparisons, options and the log included; lines refuse what is no line."""
    circle = Circle(portal)
    for text in browsers:
        line = "=cmd|'/c calc'!A0 <script>alert(1)</script>"
        group = circle.make(name=line, description=text)
        circle.head.ok("POST", f"{group}/archive", {"reason": text})
        board = circle.board(title=line, description=text)
        links = [{"url": "https://evil.example/?x=1", "title": line}]
        idea = circle.idea(board, title=line, body=text, links=links, tags=["<b>bold</b>"])
        circle.ann.ok("PATCH", idea, {"body": f"{text}\n{line}"}, if_match="*")
        circle.head.ok("POST", f"{idea}/answers", {"state": "shortlisted", "reason": text})
        comment = circle.ben.ok("POST", f"{idea}/comments", {"body": text})
        promotion = {"idea_ids": [last_part(idea)], "to": "ballot", "decision_type": "general"}
        circle.head.ok("POST", f"{board}/promotions", promotion | {"title": line, "description": text})
        for person, there in (
            (circle.out, group),
            (circle.out, f"{circle.town.path}/groups"),
            (circle.out, f"{group}/members"),
            (circle.out, board),
            (circle.out, f"{circle.town.path}/boards"),
            (circle.out, f"{board}/ideas"),
            (circle.out, f"{board}/ideas?q=script"),
            (circle.out, idea),
            (circle.out, f"{idea}/texts"),
            (circle.out, f"{idea}/texts/2/changes"),
            (circle.out, f"{idea}/answers"),
            (circle.out, f"{idea}/lineage"),
            (circle.out, f"{idea}/comments"),
            (circle.head, f"{circle.town.path}/ballots"),
            (circle.auditor, f"{circle.town.path}/audit-entries?limit=100"),
        ):
            answer = person.call("GET", there)
            assert answer.status_code == 200, there
            assert answer.content_type == "application/json"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        seen = circle.out.ok("GET", group)
        assert (seen["name"], seen["description"], seen["archived_because"]) == (line, text, text)
        assert circle.out.ok("GET", board)["description"] == text
        assert circle.out.ok("GET", idea)["body"] == f"{text}\n{line}"
        read(circle.out.ok("GET", f"{circle.town.path}/comments/{comment['id']}")["body_html"])
    for link in ("javascript:alert(1)", "data:text/html,<script>", "//evil.example", "vbscript:x"):
        body = {"title": "Link", "links": [{"url": link, "title": "x"}]}
        assert circle.ann.call("POST", f"{board}/ideas", body).status_code == 422
    lab = {"kind": "lab", "name": "two\nlines"}
    assert circle.ann.call("POST", f"{circle.town.path}/groups", lab).status_code == 422


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
