"""Proposals and amendments under a double majority: what passes twice passes, and so does what overrides a veto."""

from __future__ import annotations

import json

import pytest

from tests.support.assembly import VETO, Assembly
from tests.support.charters import HALF, proposal, with_types
from tests.support.charters import VETO as RULE
from tests.support.tokens import give

MAJORITY = {"threshold": HALF, "quorum": {"base": "weight", "ratio": "1/10"}}
OVERRIDING = {"threshold": {"ratio": "3/5"}, "quorum": {"base": "weight", "ratio": "1/2"}}
RULES = {
    "weighting": "dual",
    "exclude": ["brand_holdings"],
    "token_majority": MAJORITY,
    "veto": RULE | {"override": RULE["override"] | {"token_majority": OVERRIDING}},
    "timelock": "PT1H",
    "binding_level": "binding",
}
#: What the four members hold: the first three together have less than the last.
HOLDINGS = (10, 10, 10, 70)


@pytest.fixture
def hall(portal, clock):
    plain = next(each for each in with_types()["decision_types"] if each["id"] == "amendment")
    amendment = plain | {"id": "both_amendment", **RULES}
    types = with_types(proposal("both", answer_within="P7D", **RULES), amendment)["decision_types"]
    made = Assembly(portal, clock, decision_types=types)
    for person, amount in zip(made.town.members, HOLDINGS, strict=True):
        give(made.town, (person, amount))
    return made


def voted(hall, decision_type, *choices):
    """Return a proposal at the end of its vote."""
    path = hall.submitted(decision_type)
    if hall.state(path) == "sponsoring":
        hall.sponsored(path)
    ballot = hall.open(path)
    for person, choice in zip(hall.town.members, choices, strict=True):
        if choice:
            hall.vote(ballot, choice, [person])
    hall.reach_due(path)
    return path


@pytest.mark.parametrize(
    ("choices", "state"),
    [
        (("for", "for", "for", "against"), "rejected"),  # three of four members, three of ten tokens
        (("against", "against", "for", "for"), "rejected"),  # half of the members, eight of ten tokens
        (("for", "for", "against", "for"), "veto_window"),
        ((None, None, None, None), "inquorate"),
    ],
)
def test_a_proposal_goes_where_both_majorities_send_it(hall, choices, state):
    assert hall.state(voted(hall, "both", *choices)) == state


def test_a_veto_is_overridden_by_members_and_tokens_each_at_their_own_threshold(hall):
    path = voted(hall, "both", "for", "for", "for", "for")
    hall.owner.ok("POST", f"{path}/veto", VETO)
    hall.reach(hall.of(path)["veto"]["override_from"])
    hall.others[0].ok("POST", f"{path}/override")
    ballot = f"{hall.town.path}/ballots/{hall.of(path)['override_ballot_id']}"
    shown = hall.owner.ok("GET", ballot)
    assert (shown["weighting"], shown["kind"], shown["roll_tokens"]) == ("dual", "override", 100)
    assert shown["threshold"]["ratio"] == RULE["override"]["threshold"]["ratio"]
    assert shown["token_majority"]["threshold"]["ratio"] == OVERRIDING["threshold"]["ratio"]
    manifest = json.loads(hall.owner.call("GET", f"{ballot}/manifest").data)
    assert manifest["token_majority"] == shown["token_majority"]
    assert manifest["rules"]["token_majority"]["threshold"] == HALF
    hall.vote(ballot)
    hall.reach_due(path)
    result = hall.owner.ok("GET", f"{ballot}/result")
    required = {s["rule"]: s["required"] for s in result["decision"]["tokens"]["steps"]}
    assert (required["threshold"], required["quorum"]) == ("3/5", "1/2")
    assert (result["outcome"], hall.state(path)) == ("passed", "overridden")


def test_members_alone_override_nothing(hall):
    """Three of four members have three of ten tokens: the quorum of the override's token tally is half of them."""
    path = voted(hall, "both", "for", "for", "for", "for")
    hall.owner.ok("POST", f"{path}/veto", VETO)
    hall.reach(hall.of(path)["veto"]["override_from"])
    hall.others[0].ok("POST", f"{path}/override")
    ballot = f"{hall.town.path}/ballots/{hall.of(path)['override_ballot_id']}"
    hall.vote(ballot, "for", hall.town.members[:3])
    hall.reach_due(path)
    result = hall.owner.ok("GET", f"{ballot}/result")
    assert result["decision"]["members"]["outcome"] == "passed"
    assert (result["outcome"], hall.state(path)) == ("inquorate", "vetoed")


def test_the_charter_is_amended_by_a_double_majority_and_stays_under_it(hall):
    path = voted(hall, "both_amendment", "for", "for", "against", "for")
    hall.reach_due(path)
    hall.reach_due(path)
    assert hall.owner.ok("GET", f"{hall.town.path}/charter")["number"] == 2
    rejected = voted(hall, "both_amendment", "for", "for", "for", "against")
    assert hall.state(rejected) == "rejected"
    types = hall.owner.ok("GET", f"{hall.town.path}/charter")["charter"]["decision_types"]
    renamed = next(each for each in types if each["id"] == "both_amendment") | {"title": "Both"}
    operations = [{"op": "set_decision_type", "decision_type": renamed}]
    by_members = hall.draft("amendment", operations=operations)
    problem = hall.author.refused(409, "entrenched", "POST", f"{by_members}/submit")
    assert "weighted by token" in problem["errors"][0]["detail"]
    hall.submitted("both_amendment", operations=operations)
