"""Bundles made of what the service really publishes: the verifier recounts them exactly as the service certified.

The verifier shares none of the service's code besides the rules, so this is where the two could fall apart.
"""

from __future__ import annotations

import time

import pytest

from app.domain.canonical_json import canonical_json
from app.domain.counting import METHODS
from tests.domain.evidence.opened import verified
from tests.support.evidence import bundle_of, shown_entry

OPTIONS = [{"id": name, "title": name.title()} for name in ("mint", "lime", "yuzu")]

#: What each method is asked with, and how six voters answer.
CHOICES = {
    "yes_no": ({"options": []}, ["for", "for", "against", "abstain", "for", "against"]),
    "plurality": ({}, ["mint", "mint", "lime", "yuzu", "lime", "mint"]),
    "approval": ({}, [["mint"], ["lime", "yuzu"], ["lime"], ["yuzu"], ["mint", "lime"], ["yuzu"]]),
    "irv": ({}, [["mint"], ["mint", "lime"], ["lime", "yuzu"], ["lime"], ["yuzu", "lime"], ["yuzu", "mint"]]),
    "stv": (
        {"seats": 2},
        [["mint"], ["mint", "lime"], ["lime"], ["yuzu"], ["mint", "yuzu"], ["lime", "mint"]],
    ),
}


def bundle(evidence):
    result = {name: value for name, value in evidence.result.items() if name != "digest"}
    version = {"charter": evidence.charter["charter"], "number": evidence.charter["number"]}
    return bundle_of(
        ballot=evidence.ballot["id"],
        manifest=evidence.manifest,
        charter=canonical_json(version),
        roll=evidence.roll.content,
        casts=evidence.log_json_lines.content,
        result=canonical_json(result),
        log=[shown_entry(each) for each in evidence.audit_entries],
    )


def test_the_bundle_of_a_ballot_that_the_service_held_agrees(evidence):
    report = verified(bundle(evidence))
    assert report.to_json()["findings"] == []
    assert report.unchecked == []
    assert report.checked["casts"] == report.checked["voters"] == 6
    assert report.checked["outcome"] == evidence.result["outcome"]


@pytest.mark.parametrize("method", CHOICES)
def test_every_kind_of_count_is_made_again(town, method):
    assert method in METHODS
    asked, choices = CHOICES[method]
    facts = {"method": method, "options": OPTIONS, "tie_rule": "lot", "quorum": None} | asked
    if method == "yes_no":
        facts |= {"threshold": {"ratio": "1/2"}, "quorum": {"base": "participants", "ratio": "1/2"}}
    ballot = town.ballot(**facts)
    report = verified(bundle(town.evidence(ballot, town.cast(ballot, choices))))
    assert report.to_json()["findings"] == []
    assert report.checked["method"] == method


def test_changed_votes_a_sealed_ballot_and_a_close_in_time_agree(town):
    ballot = town.ballot(early_close=False, vote_change=True, voting_period="PT3S", secrecy="sealed")
    town.cast(ballot, [["mint"], ["lime"]])
    town.portal.cast(ballot, town.voters[0], ["yuzu", "lime"])
    while town.portal.result(ballot, town.owner) is None:
        time.sleep(0.05)
    report = verified(bundle(town.portal.evidence(ballot, town.auditor, [])))
    assert report.to_json()["findings"] == []
    assert (report.checked["casts"], report.checked["voters"]) == (3, 2)


def test_a_named_ballot_names_the_members_of_the_log(town):
    ballot = town.ballot(disclosure="named")
    report = verified(bundle(town.evidence(ballot, town.cast(ballot))))
    assert report.to_json()["findings"] == []
