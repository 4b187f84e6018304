"""What the demonstration works out of the audit log is what the service serves, and a forgery shows."""

from __future__ import annotations

import copy
import json

import pytest

from app.cli.demo.audit_entries import broken
from app.cli.demo.scorecard_log import check_scorecards


def forged(entries, action, **content):
    """Return the log with the content of the first entry of an action changed."""
    entries = copy.deepcopy(entries)
    entry = next(one for one in entries if json.loads(one["body"])["action"] == action)
    entry["content"] |= content
    return entries


def test_what_is_served_follows_from_the_log(kept):
    cards, entries = kept
    found = check_scorecards(cards, entries)
    assert found.agrees, found.detail
    assert "2 instants" in found.detail
    assert cards[0] != cards[1]


@pytest.mark.parametrize(
    ("figure", "value"),
    [
        ("overdue", 7),
        ("answered", {"count": 0, "of": 0, "ratio": None}),
        ("median_seconds_to_answer", "1"),
        ("delivered_on_time", {"count": 0, "of": 1, "ratio": "0/1"}),
        ("vetoes", {"unlawful": {"vetoed": 1, "overridden": 0}}),
        ("brand_new", 1),
    ],
)
def test_a_figure_that_the_log_does_not_bear_out_is_noticed(kept, figure, value):
    cards, entries = kept
    found = check_scorecards([cards[0], cards[1] | {figure: value}], entries)
    assert found.agrees is False
    assert figure.replace("_", " ") in found.detail


def test_a_figure_left_out_is_noticed(kept):
    cards, entries = kept
    assert not check_scorecards([{k: v for k, v in cards[1].items() if k != "overdue"}], entries).agrees


@pytest.mark.parametrize(
    "action", ["obligation.created", "obligation.answered", "milestone.evidenced", "milestone.promised"]
)
def test_an_entry_left_out_of_the_log_is_noticed(kept, action):
    cards, entries = kept
    cut = [one for one in entries if one["entry"]["action"] != action]
    assert check_scorecards(cards, cut).agrees is False


def test_a_content_that_its_entry_does_not_commit_to_is_noticed(kept):
    cards, entries = kept
    later = forged(entries, "obligation.answered", reason="We never said so.")
    assert "does not commit to its content" in check_scorecards(cards, later).detail


def test_an_entry_that_does_not_have_its_hash_is_noticed(kept):
    _, entries = kept
    entries = copy.deepcopy(entries)
    entries[3]["body"] = entries[3]["body"].replace('"v":1', '"v":2')
    assert [problem for problem in broken(entries) if "does not have its hash" in problem]


def test_a_log_that_cannot_be_read_is_a_disagreement_and_no_crash(kept):
    cards, entries = kept
    for spoiled in ([{**entries[0], "body": "{"}], [{"position": 1}]):
        assert check_scorecards(cards, spoiled).agrees is False
    assert check_scorecards([{"at": "yesterday"}], entries).agrees is False
