"""Documents of a bundle rewritten by a forger who makes the index fit: each statement that is false is named."""

import json

import pytest

from app.domain.canonical_json import canonical_json
from tests.domain.evidence.opened import FILES, codes, verified
from tests.support.evidence import (
    OTHER_BALLOT,
    indexed,
)


def forged(name, change):
    """Return the files with one document changed and the index made to fit."""
    document = json.loads(FILES[name])
    change(document)
    return indexed(FILES | {name: canonical_json(document)})


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda it: it.update(winners=["lime"]), "decision-differs"),
        (lambda it: it.update(outcome="inquorate"), "decision-differs"),
        (lambda it: it["decision"]["steps"][0].update(part="1"), "decision-differs"),
        (lambda it: it["count"]["rounds"][0]["totals"].update(mint="99"), "count-differs"),
        (lambda it: it["count"].update(input_digest="00" * 32), "count-differs"),
        (lambda it: it["explanation"].append("Really."), "explanation-differs"),
        (lambda it: it["turnout"].update(voters=7), "turnout-differs"),
        (lambda it: it["turnout"].update(voters="6"), "turnout-differs"),
        (lambda it: it.update(votes_digest="00" * 32), "votes-digest-differs"),
        (lambda it: it["tie_seed"].update(seed="00" * 32), "lot-differs"),
        (lambda it: it["tie_seed"].update(secret="00" * 32), "lot-differs"),
        (lambda it: it.update(tie_seed=None), "lot-differs"),
        (lambda it: it["concentration"].update(top_ten="1/14"), "concentration-differs"),
        (lambda it: it["concentration"].update(brand_affiliated="15/14"), "concentration-differs"),
        (lambda it: it["concentration"].update(delegated="1/14"), "concentration-differs"),
        (lambda it: it.update(granted={"role": "steward"}), "grants-differ"),
        (lambda it: it.update(manifest_hash="00" * 32), "result-of-another-ballot"),
        (lambda it: it.update(ballot=OTHER_BALLOT), "result-of-another-ballot"),
        (lambda it: it.update(closed_at="2026-11-02T07:00:00.000Z"), "close-unexplained"),
        (lambda it: it.update(certified_at="2026-11-02T07:00:00.000Z"), "close-unexplained"),
        (lambda it: it.update(v=9), "version-unknown"),
        (lambda it: it.update(more=1), "count-differs"),
        (lambda it: it.pop("count"), "count-differs"),
    ],
)
def test_a_result_that_says_something_else_is_named_and_stands_in_no_log(change, code):
    assert {code, "closing-not-logged"} <= codes(forged("result.json", change))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda it: it.update(quorum={"base": "participants", "count": 7}), "decision-differs"),
        (lambda it: it["options"].reverse(), "count-differs"),
        (lambda it: it["options"][0].update(title="Peppermint"), "explanation-differs"),
        (lambda it: it.update(tie_commitment="00" * 32), "lot-differs"),
        (lambda it: it.update(vote_change=False), "cast-revision-wrong"),
        (lambda it: it.update(opens_at="2026-11-01T09:03:00.000Z"), "cast-outside-period"),
        (lambda it: it.update(closes_at="2026-11-03T08:00:00.000Z"), "close-unexplained"),
        (lambda it: it["roll"].update(size=8), "roll-differs"),
        (lambda it: it["roll"].update(hash="00" * 32), "roll-differs"),
        (lambda it: it["method"].update(version="0"), "version-unknown"),
        (lambda it: it["method"].update(name="magic"), "version-unknown"),
        (lambda it: it["method"].update(seats=0), "count-impossible"),
        (lambda it: it.update(v=4), "file-malformed"),
        (lambda it: it.update(options=[1]), "file-malformed"),
        (lambda it: it.update(quorum={"base": "participants", "ratio": "5"}), "file-malformed"),
        (lambda it: it["charter"].update(version=4), "charter-differs"),
        (lambda it: it["rules"].update(title="Other"), "charter-differs"),
        (lambda it: it.update(disclosure="named"), "voter-exchanged"),
        (lambda it: it.update(community=OTHER_BALLOT), "entry-of-another-ballot"),
    ],
)
def test_a_manifest_rewritten_after_opening_is_named(change, code):
    named = codes(forged("manifest.json", change))
    assert code in named
    assert named & {"opening-not-logged", "file-malformed"}


@pytest.mark.parametrize(
    "change",
    [
        lambda it: it["charter"]["articles"][0].update(body="The brand decides."),
        lambda it: it.update(number=4),
        lambda it: it.pop("charter"),
        lambda it: it.update(charter=[]),
    ],
)
def test_another_charter_is_named(change):
    assert codes(forged("charter.json", change)) <= {"charter-differs", "file-malformed"}
    assert not verified(forged("charter.json", change)).agrees
