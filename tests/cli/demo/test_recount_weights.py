"""A recount follows weights: caps, double majorities, and whatever somebody might change about them."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from app import create_app
from app.cli.demo.audit import _promised, forged
from app.cli.demo.portal import Portal
from app.cli.demo.recount import recount
from app.domain.evidence.ballot_log import read_csv, write_csv, write_json_lines
from tests.cli.demo.conftest import InProcess, Town
from tests.cli.demo.test_recount import disagreeing, with_manifest, with_result
from tests.support.charters import HALF, wide_charter
from tests.support.settings import settings_for

HOLDINGS = (700, 200, 100, 0)
BOTH = {"method": "yes_no", "weighting": "dual", "threshold": HALF, "quorum": None, "options": []}


@pytest.fixture(scope="module")
def holders(templates, tmp_path_factory):
    """A community of four who hold different amounts, an owner who votes and holds, and an auditor."""
    app = create_app(settings_for(templates.database("sqlite", tmp_path_factory.mktemp("holders"))))
    portal = Portal(InProcess(app))
    owner = portal.register("Maren")
    portal.found(owner, {"slug": "coins", "name": "Coins", "open_joining": True, "charter": wide_charter()})
    auditor = portal.enrol("Benedikt", portal.invite(owner, "auditor", 1))
    voters = [portal.enrol(f"Holder {number}") for number in range(len(HOLDINGS))]
    for voter, amount in zip(voters, HOLDINGS, strict=True):
        body = {"to": voter.membership, "amount": amount}
        if amount:
            portal.client.call("POST", f"{portal.community}/tokens/issues", body, token=owner.token)
    yield Town(portal, owner, auditor, voters)
    app.extensions["althing.units"].dispose()


@pytest.fixture(scope="module")
def both(holders):
    """The evidence of a double majority: three members of four for, seven tokens of ten against."""
    ballot = holders.ballot(**BOTH)
    return holders.evidence(ballot, holders.cast(ballot, ["against", "for", "for", "for"]))


@pytest.fixture(scope="module")
def capped(holders):
    """The evidence of a ballot in which no holder weighs more than half of all tokens."""
    ballot = holders.ballot(method="plurality", weighting="token_capped", quorum=None)
    return holders.evidence(ballot, holders.cast(ballot, ["mint", "lime", "lime"]))


@pytest.mark.parametrize("which", ["both", "capped"])
def test_an_honest_ballot_agrees_in_everything(which, request):
    evidence = request.getfixturevalue(which)
    own = recount(evidence)
    assert [finding for finding in own.findings if not finding.agrees] == []
    assert evidence.result["outcome"] == {"both": "rejected", "capped": "decided"}[which]


@pytest.mark.parametrize("which", ["both", "capped"])
def test_a_forged_vote_is_caught(which, request):
    assert {"counted votes", "tally"} <= disagreeing(forged(request.getfixturevalue(which)))


def test_both_forms_of_a_double_majority_s_log_are_written_as_the_service_writes_them(both):
    casts = read_csv(both.log_csv.content)
    assert [cast.tokens for cast in casts if cast.choice == "against"] == [700]
    assert write_csv(casts) == both.log_csv.content
    assert write_json_lines(casts) == both.log_json_lines.content


def test_other_tokens_in_the_log_are_noticed(both):
    casts = read_csv(both.log_csv.content)
    heavier = [replace(cast, tokens=cast.tokens + 1) for cast in casts]
    changed = replace(
        both, log_csv=_promised(write_csv(heavier)), log_json_lines=_promised(write_json_lines(heavier))
    )
    assert {"roll", "counted votes", "tally"} <= disagreeing(changed)


def test_other_tokens_on_the_roll_are_noticed(both):
    changed = replace(both, roll=_promised(both.roll.content.replace(b",700\r\n", b",699\r\n")))
    assert "roll" in disagreeing(changed)


def let_it_pass(result):
    result["outcome"] = "passed"


def let_the_tokens_pass(result):
    result["decision"]["tokens"]["outcome"] = "passed"


def forget_the_tokens(result):
    result["token_count"] = None


def count_other_tokens(result):
    result["token_count"]["totals"]["for"] = "900"


def spread_them_evenly(result):
    result["concentration"]["tokens"]["gini"] = "0"


def shrink_the_largest(result):
    result["concentration"]["tokens"]["largest_vote"] = "1/1000"


def take_more_part(result):
    result["turnout"]["tokens"]["voters"] += 1


@pytest.mark.parametrize(
    ("change", "subject"),
    [
        (let_it_pass, "outcome"),
        (let_the_tokens_pass, "outcome"),
        (forget_the_tokens, "tally"),
        (count_other_tokens, "winners"),
        (spread_them_evenly, "roll"),
        (shrink_the_largest, "outcome"),
        (take_more_part, "outcome"),
    ],
)
def test_a_double_majority_that_says_something_else_is_noticed(both, change, subject):
    assert subject in disagreeing(with_result(both, change))


def lower_the_limit(manifest):
    manifest["roll"]["weight_limit"] = 400


def hide_the_overflow(manifest):
    manifest["roll"]["weight_overflow"] = 0


@pytest.mark.parametrize("change", [lower_the_limit, hide_the_overflow])
def test_a_limit_that_does_not_follow_from_the_cap_is_noticed(capped, change):
    assert "roll" in disagreeing(with_manifest(capped, change))


def drop_the_cap(manifest):
    manifest["weight_cap"] = None
    manifest["roll"] |= {"weight_limit": None, "weight_overflow": None}


def count_the_brand_s(manifest):
    manifest["exclude"] = []


@pytest.mark.parametrize("change", [drop_the_cap, count_the_brand_s])
def test_weights_that_the_charter_shapes_otherwise_are_noticed(capped, change):
    assert "charter" in disagreeing(with_manifest(capped, change))


def test_another_token_majority_than_the_charter_s_is_noticed(both):
    def lower(manifest):
        manifest["token_majority"]["threshold"] = {"ratio": "1/10", "strict": False, "of": "cast"}

    assert {"charter", "outcome"} <= disagreeing(with_manifest(both, lower))


def test_a_charter_written_before_weights_had_members_still_explains_a_ballot(both):
    """An older version does not name what came later: the ballot's rules spell it out and mean the same."""
    version = json.loads(json.dumps(both.charter))
    rules = next(rule for rule in version["charter"]["decision_types"] if rule["id"] == "general")
    del rules["count_unvested"]
    details = {
        finding.subject: finding.detail for finding in recount(replace(both, charter=version)).findings
    }
    assert "its rules" not in details["charter"]
