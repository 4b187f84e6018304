"""The auditor's look at a charter's versions finds what was changed, left out or made up."""

from __future__ import annotations

import copy
import json

import pytest

from app.cli.demo.charter_history import check_charter
from app.cli.demo.own_charter import Periods, own_charter
from app.domain.canonical_json import canonical_json, sha256_hex
from app.domain.charter.amendments import apply, read_operations
from app.domain.charter.reading import read_charter
from app.domain.charter.templates import TEMPLATES

ARTICLE = {"id": "seasons", "title": "Seasons", "body": "Flavours follow the seasons."}
OPERATIONS = [{"op": "add_article", "article": ARTICLE, "after": None}]


def entry(action, content):
    return {"body": json.dumps({"action": action}), "content": content}


@pytest.fixture
def history():
    """Two versions of a charter, the amendment between them, and the log's entries about them."""
    first = read_charter(own_charter(TEMPLATES["small_brand"].document, "Ours", Periods()))
    second = apply(first, read_operations(OPERATIONS))
    versions = [
        {
            "number": number,
            "charter": charter.to_json(),
            "digest": sha256_hex(canonical_json(charter.to_json())),
            "proposal_id": None if number == 1 else "p",
        }
        for number, charter in enumerate((first, second), 1)
    ]
    named = [{"version": one["number"], "digest": one["digest"]} for one in versions]
    entries = [
        entry("community.founded", {"charter": named[0]}),
        entry("ballot.opened", {}),
        entry("charter.enacted", named[1]),
    ]
    return versions, {"p": {"operations": OPERATIONS}}, entries


def disagreeing(history):
    return {finding.subject for finding in check_charter(*history) if finding.agrees is False}


def test_versions_that_follow_from_each_other_agree(history):
    assert disagreeing(history) == set()
    versions, amendments, entries = history
    assert disagreeing((versions[::-1], amendments, entries)) == set()


def test_a_word_changed_in_a_version_is_noticed(history):
    versions, *_ = history
    versions[1]["charter"]["articles"][3]["body"] += " Or not."
    assert disagreeing(history) == {"digests", "amendments"}


def test_a_version_changed_with_its_digest_is_noticed(history):
    versions, *_ = history
    versions[0]["charter"]["title"] = "Theirs"
    versions[0]["digest"] = sha256_hex(canonical_json(versions[0]["charter"]))
    assert disagreeing(history) == {"versions", "amendments"}


def test_a_gap_is_noticed(history):
    versions, _, entries = history
    versions[1]["number"] = entries[2]["content"]["version"] = 3
    assert disagreeing(history) == {"versions"}


def test_a_version_that_the_log_does_not_know_or_the_service_hides_is_noticed(history):
    versions, amendments, entries = history
    assert disagreeing((versions, amendments, entries[:2])) == {"versions"}
    assert disagreeing((versions[:1], amendments, entries)) == {"versions"}
    assert disagreeing(([], {}, entries)) == {"versions"}


@pytest.mark.parametrize(
    "operations",
    [
        [{"op": "add_article", "article": ARTICLE | {"body": "As the brand likes."}, "after": None}],
        [{"op": "remove_article", "id": "nowhere"}],
        [{"op": "abolish"}],
    ],
)
def test_a_version_that_is_not_what_was_voted_on_is_noticed(history, operations):
    versions, _, entries = history
    assert disagreeing((versions, {"p": {"operations": operations}}, entries)) == {"amendments"}


def test_a_version_that_no_amendment_made_is_noticed(history):
    versions, _, entries = history
    assert disagreeing((versions, {}, entries)) == {"amendments"}


def test_what_cannot_be_read_is_a_disagreement_and_no_crash(history):
    versions, amendments, entries = history
    spoiled = copy.deepcopy(versions)
    del spoiled[0]["charter"]
    assert disagreeing((spoiled, amendments, entries))
    assert disagreeing((versions, amendments, [{"body": "{"}]))


def test_the_charter_of_the_demonstration_grows_with_the_pace_of_the_machine():
    quick, slow = Periods.at_pace(0.001, 55), Periods.at_pace(0.1, 55)
    assert (quick.voting, quick.step) < (slow.voting, slow.step)
    charter = read_charter(own_charter(TEMPLATES["small_brand"].document, "Ours", slow)).to_json()
    (rule,) = [rule for rule in charter["decision_types"] if rule["id"] == "amendment"]
    assert rule["voting_period"] == f"PT{slow.voting}S"
    assert rule["veto"]["override"]["voting_period"] == f"PT{slow.voting}S"
