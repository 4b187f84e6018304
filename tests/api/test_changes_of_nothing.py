"""A change that changes nothing keeps the tag and writes nothing; whatever does change something is told."""

from __future__ import annotations

import pytest

from tests.support import journal

CHANGES_NOTHING = {
    "community": [
        {},
        {"name": "Town", "open_joining": True},
        {"allowed_origins": []},
    ],
    "ballot": [
        {},
        {"title": "Which flavour?"},
        {"options": [{"id": o, "title": o.title()} for o in ("mint", "lime", "yuzu")]},
        {"voting_period": "PT24H", "settings": {}},
        {"quorum": None, "opens_at": None},
    ],
    "account": [{}, {"display_name": "owner"}],
}


@pytest.mark.parametrize("kind", CHANGES_NOTHING)
def test_a_change_that_changes_nothing_keeps_the_tag_and_writes_nothing(kind, portal, units):
    town = portal.town()
    path = {
        "community": town.path,
        "ballot": portal.ballot(town, opened=False),
        "account": "/v1/accounts/me",
    }[kind]
    tag, kept = town.owner.tag(path), town.owner.ok("GET", path)
    before = journal.everything(units)
    for body in CHANGES_NOTHING[kind]:
        answer = town.owner.call("PATCH", path, body, if_match=tag)
        assert (answer.status_code, answer.headers["ETag"]) == (200, tag), body
        assert answer.get_json() == kept
        assert journal.everything(units) == before, body
    assert town.owner.call("PATCH", path, {}, if_match='"another"').status_code == 412


def test_options_that_change_or_swap_places_are_a_change(portal, units):
    town = portal.town()
    path = portal.ballot(town, opened=False)
    options = town.owner.ok("GET", path)["options"]
    for changed in (options[::-1], options[:2], [*options[:2], {**options[2], "title": "Yuzu!"}]):
        tag = town.owner.tag(path)
        answer = town.owner.call("PATCH", path, {"options": changed}, if_match=tag)
        assert answer.status_code == 200, answer.text
        assert answer.headers["ETag"] != tag
        assert answer.get_json()["options"] == changed
    assert [e.said["action"] for e in journal.entries(units)][-3:] == ["ballot.updated"] * 3
