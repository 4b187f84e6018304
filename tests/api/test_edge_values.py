"""Values at the edges of what a ballot may say: taken or refused, and nothing breaks over them."""

from __future__ import annotations

import pytest

from tests.api.calls import assert_problem

EDGES = {
    "the end of time": {"opens_at": "9999-12-31T23:59:59.999Z", "voting_period": "P1D"},
    "past the end of time": {"opens_at": "9999-12-31T00:00:00Z", "voting_period": "P99999D"},
    "the longest period": {"voting_period": "P99999D"},
    "no period": {"voting_period": "PT0S"},
    "the year one": {"opens_at": "0001-01-01T00:00:00Z", "voting_period": "P1D"},
    "a close in the year one": {"closes_at": "0001-01-01T00:00:00Z", "voting_period": None},
    "a close at the end of time": {"closes_at": "9999-12-31T23:59:59.999Z", "voting_period": None},
    "a leap second": {"closes_at": "2999-12-31T23:59:60Z", "voting_period": None},
    "a far offset": {"closes_at": "2999-12-31T23:59:59+23:59", "voting_period": None},
    "a quorum of all": {"quorum": {"base": "weight", "ratio": "1"}},
    "a quorum of millions": {"quorum": {"base": "participants", "count": 2**53 - 1}},
    "both kinds of quorum": {"quorum": {"base": "participants", "count": 1, "ratio": "1/2"}},
    "neither kind of quorum": {"quorum": {"base": "participants"}},
    "a share above all": {"min_approval": "3/2"},
    "a share of nothing": {"min_approval": "0"},
    "a hundred seats": {"method": "stv", "seats": 100},
    "a threshold where none belongs": {"threshold": {"ratio": "1/2"}},
    "settings nobody knows": {"settings": {"surprise": 1}},
    "settings of another kind": {"settings": {"max": "many"}},
    "formulas for titles": {"options": [{"title": "=1+1"}, {"title": "@SUM(A1)"}]},
    "two options of one name": {"options": [{"id": "a", "title": "A"}, {"id": "a", "title": "B"}]},
    "an option named as the next would be": {"options": [{"title": "A"}, {"id": "o1", "title": "B"}]},
    "markup": {"title": "<script>alert(1)</script>", "description": "<img src=x onerror=alert(1)>"},
    "right to left": {"title": "\u202egnp.exe", "description": "\ufeff\ufffe"},
    "astral text": {"title": "\U0001f5f3\ufe0f " * 90 + "!"},
}


@pytest.mark.parametrize("what", EDGES)
def test_values_at_the_edge_are_taken_or_refused_and_break_nothing(what, portal):
    town = portal.town(members=1)
    body = {
        "kind": "general",
        "title": "Edge",
        "method": "approval",
        "options": [{"id": "a", "title": "A"}, {"id": "b", "title": "B"}],
        "voting_period": "P1D",
    }
    drafted = town.owner.call("POST", f"{town.path}/ballots", body | EDGES[what])
    if drafted.status_code != 201:
        assert_problem(drafted, 409, 422)
        return
    path = f"{town.path}/ballots/{drafted.get_json()['id']}"
    shown = town.owner.ok("GET", path)
    for name in ("title", "description"):
        assert shown[name] == (body | {"description": ""} | EDGES[what])[name]
    opened = town.owner.call("POST", f"{path}/open")
    if opened.status_code != 200:
        assert_problem(opened, 409)
        return
    for suffix in ("", "/manifest", "/turnout"):
        town.owner.ok("GET", path + suffix)
    for suffix in ("/votes/me", "/log", "/result"):
        answer = town.members[0].call("GET", path + suffix)
        assert answer.status_code in {200, 404, 409}, answer.text
