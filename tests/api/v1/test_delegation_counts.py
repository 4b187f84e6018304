"""What delegation comes to in a ballot, through the API: the table of rules, and what everybody is told."""

from __future__ import annotations

import datetime as dt
import hashlib

import pytest

from tests.support.delegating import Assembly, totals
from tests.support.tokens import issue

#: Who delegates to whom (scope: community unless said), who votes for what, and the weight counted for each option.
TABLE = {
    "a chain carries everyone along it": ([("a", "b"), ("b", "c")], {"c": "mint"}, {"mint": 3}),
    "whoever votes takes their weight back": (
        [("a", "b"), ("b", "c")],
        {"b": "mint", "c": "lime"},
        {"mint": 2, "lime": 1},
    ),
    "a cycle in which nobody votes counts nothing": ([("a", "b"), ("b", "a")], {}, {}),
    "a cycle in which one votes counts both once": ([("a", "b"), ("b", "a")], {"a": "mint"}, {"mint": 2}),
    "the most specific scope wins": (
        [("a", "b"), ("a", "c", "ballot")],
        {"b": "mint", "c": "lime"},
        {"mint": 1, "lime": 2},
    ),
    "a decision type is narrower than the community": (
        [("a", "c", "decision_type"), ("a", "b")],
        {"b": "mint", "c": "lime"},
        {"mint": 1, "lime": 2},
    ),
    "an opt-out stops a wider delegation": ([("a", "b"), ("a", None, "ballot")], {"b": "mint"}, {"mint": 1}),
    "an opt-out for a kind of decision stops the community's and not the ballot's": (
        [("a", "b"), ("a", None, "decision_type"), ("a", "c", "ballot")],
        {"b": "mint", "c": "lime"},
        {"mint": 1, "lime": 2},
    ),
    "there is no fallback to a wider scope": (
        [("a", "c", "ballot"), ("a", "b")],
        {"b": "mint"},
        {"mint": 1},
    ),
}


@pytest.mark.parametrize("case", TABLE.values(), ids=TABLE)
def test_the_table_of_rules(portal, clock, case):
    delegations, votes, counted = case
    town = Assembly(portal, clock)
    ballot = town.ballot()
    targets = {"ballot": ballot, "decision_type": "liquid", "community": None}
    for delegator, delegate, *scope in delegations:
        word = scope[0] if scope else "community"
        town.gives(delegator, delegate, word, targets[word])
    for name, choice in votes.items():
        town.votes(ballot, name, choice)
    result = town.close(ballot)
    assert totals(result) == counted
    assert result["turnout"]["voters"] == len(votes)
    assert result["turnout"]["weight"] == str(sum(counted.values()))
    outcomes = result["delegation"]["outcomes"]
    assert sum(each["members"] for each in outcomes.values()) == 4
    assert sum(each["weight"] for each in outcomes.values()) == 4
    assert outcomes["cast"]["weight"] + outcomes["delegated"]["weight"] == sum(counted.values())
    assert result["concentration"]["delegated"] == f"{sum(counted.values()) - len(votes)}/4"
    content = town.owner.call("GET", f"{ballot}/delegations").data
    assert hashlib.sha256(content).hexdigest() == result["delegation"]["evidence_digest"]
    assert len(content.splitlines()) == result["delegation"]["links"] + 1


def test_a_cap_returns_what_is_above_it_and_both_sides_are_told(portal, clock):
    town = Assembly(portal, clock)
    for name in "abc":
        town.gives(name, "d", "decision_type", "capped")
        clock.advance(dt.timedelta(seconds=1))
    ballot = town.ballot("capped")
    town.votes(ballot, "d")
    result = town.close(ballot)
    assert totals(result) == {"mint": 3}
    assert result["delegation"]["delegates_over_cap"] == 1
    assert result["delegation"]["outcomes"]["over_cap"] == {"members": 1, "weight": 1}
    kept, returned, carrying = (town.own(ballot, name) for name in "acd")
    assert (kept["outcome"], returned["outcome"], carrying["outcome"]) == ("delegated", "over_cap", "cast")
    assert kept["representative"]["membership_id"] == town.id_of("d")
    assert returned["representative"] is None
    assert "may carry no more than 2 of others" in returned["explanation"][-1]
    assert carrying["carried"] == {
        "carried": {"members": 2, "weight": 2},
        "returned": {"members": 1, "weight": 1},
        "returned_to": [returned["voter"]],
    }
    assert carrying["explanation"][0].endswith("counts with a weight of 3, of which 2 was delegated.")


def test_what_would_become_of_the_weight_is_told_while_voting_runs(portal, clock):
    town = Assembly(portal, clock)
    ballot = town.ballot()
    assert town.own(ballot, "a")["outcome"] == "no_vote"
    given = town.gives("a", "b")
    town.gives("b", "c")
    own = town.own(ballot, "a")
    assert (own["outcome"], own["delegation_id"], own["state"]) == ("nobody_voted", given["id"], "open")
    assert [link["membership_id"] for link in own["chain"]] == [town.id_of(name) for name in "abc"]
    assert own["chain"][0]["voter"] == own["voter"]
    assert own["representative"] is own["carried"] is None
    assert "The first along it who votes carries the weight of 1" in own["explanation"][2]
    town.votes(ballot, "c")
    own = town.own(ballot, "a")
    assert (own["outcome"], own["representative"]["display_name"]) == ("delegated", town["c"].name)
    assert "would carry the weight of 1" in own["explanation"][2]
    town.votes(ballot, "a", "lime")
    own = town.own(ballot, "a")
    assert (own["outcome"], own["representative"]["membership_id"]) == ("cast", town.id_of("a"))
    assert totals(town.close(ballot)) == {"mint": 2, "lime": 1}


def test_a_sealed_ballot_tells_nobody_who_has_voted(portal, clock):
    town = Assembly(portal, clock)
    ballot = town.ballot(secrecy="sealed")
    town.gives("a", "b")
    before = town.own(ballot, "a")
    town.votes(ballot, "b")
    assert town.own(ballot, "a") == before
    assert before["outcome"] == "nobody_voted"
    town.owner.refused(409, "ballot-not-closed", "GET", f"{ballot}/delegations")
    town.close(ballot)
    assert town.own(ballot, "a")["outcome"] == "delegated"


def test_under_pseudonyms_only_the_delegate_one_chose_is_named(portal, clock):
    town = Assembly(portal, clock)
    ballot = town.ballot(disclosure="pseudonymous")
    town.gives("a", "b")
    town.gives("b", "c")
    town.votes(ballot, "c")
    for state in ("open", "closed"):
        own = town.own(ballot, "a")
        assert own["state"] == state
        assert [link["membership_id"] for link in own["chain"]] == [town.id_of("a"), town.id_of("b"), None]
        assert own["representative"] == own["chain"][2]
        assert own["representative"]["display_name"] is None
        assert town["c"].name not in " ".join(own["explanation"])
        assert town["b"].name in own["explanation"][0]
        if state == "open":
            town.close(ballot)


def test_every_end_of_a_weight_is_told(portal, clock):
    town = Assembly(portal, clock, members=10)
    ballot = town.ballot()
    ends = clock.now() + dt.timedelta(minutes=10)
    town.gives("a", "b")  # c votes at the end of the chain
    town.gives("b", "c")
    town.gives("d", "e", expires_at=ends.isoformat(timespec="milliseconds"))
    town["f"].ok("DELETE", f"{town.path}/{town.gives('f', 'c')['id']}")
    town.gives("g", None)
    town.gives("h", "i")
    town.gives("i", "h")
    late = portal.join(town.town)
    town.people["z"] = late
    town.gives("j", "z")
    town.votes(ballot, "c")
    expected = {
        "a": "delegated", "b": "delegated", "c": "cast", "d": "expired", "e": "no_vote", "f": "revoked",
        "g": "opted_out", "h": "cycle", "i": "cycle", "j": "off_roll",
    }  # fmt: skip
    assert {name: town.own(ballot, name)["outcome"] for name in expected} == expected
    result = town.close(ballot)
    told = {name: town.own(ballot, name) for name in expected}
    assert {name: own["outcome"] for name, own in told.items()} == expected
    counts = {word: sum(outcome == word for outcome in expected.values()) for word in expected.values()}
    stated = result["delegation"]["outcomes"]
    assert {word: each["members"] for word, each in stated.items() if each["members"]} == counts
    assert all(own["explanation"] for own in told.values())
    links = town.evidence(ballot)[1:]
    assert [link["voter"] for link in links] == sorted(told[name]["voter"] for name in "abghij")
    assert {link["outcome"] for link in links} == {"delegated", "opted_out", "cycle", "off_roll"}
    assert town.id_of("a") not in str(links)
    late.refused(403, "not-on-roll", "GET", f"{ballot}/delegations/me")


def test_what_ended_before_the_ballot_opened_is_nothing_to_it(portal, clock):
    town = Assembly(portal, clock)
    town["a"].ok("DELETE", f"{town.path}/{town.gives('a', 'b')['id']}")
    clock.advance(dt.timedelta(seconds=1))
    ballot = town.ballot()
    assert town.own(ballot, "a")["outcome"] == "no_vote"
    assert town.close(ballot)["delegation"]["outcomes"]["revoked"]["members"] == 0


def test_where_only_direct_votes_count_nothing_is_said_of_delegation(portal, clock):
    town = Assembly(portal, clock)
    ballot = portal.ballot(town.town, voting_period="PT1H")
    town["a"].refused(409, "delegation-not-allowed", "GET", f"{ballot}/delegations")
    own = town.own(ballot, "a")
    assert (own["weight"], own["tokens"], own["overflow"]) == (1, None, None)
    assert (own["rule"], own["outcome"], own["chain"], own["explanation"]) == (None, None, [], [])
    assert town.owner.ok("GET", ballot)["delegation"] is None
    town["a"].ok("PUT", f"{ballot}/votes/me", {"choice": ["mint"]})
    town.gives("b", "a")
    result = town.close(ballot)
    assert result["delegation"] is None
    assert (result["turnout"]["weight"], result["concentration"]["delegated"]) == ("1", "0/4")
    draft = town.ballot(opened=False)
    town.owner.refused(409, "ballot-not-open", "GET", f"{draft}/delegations")


def test_a_ballot_shows_how_it_can_be_delegated_in_and_a_narrow_one_counts_no_wider(portal, clock):
    town = Assembly(portal, clock)
    town.gives("a", "b")
    ballot = town.ballot("kindred")
    shown = town.owner.ok("GET", ballot)["delegation"]
    assert shown == {"scopes": ["ballot", "decision_type"], "cap": None}
    town.gives("c", "b", "decision_type", "kindred")
    town.gives("d", "b", "decision_type", "liquid")
    town.votes(ballot, "b")
    assert totals(town.close(ballot)) == {"mint": 2}
    assert town.own(ballot, "a")["outcome"] == town.own(ballot, "d")["outcome"] == "no_vote"


def test_weight_is_the_roll_s_and_a_share_caps_of_all_of_it(portal, clock):
    town = Assembly(portal, clock)
    for name, amount in zip("abcd", (40, 30, 20, 10), strict=True):
        issue(town.town, town.id_of(name), amount)
    for name in "abc":
        town.gives(name, "d")
        clock.advance(dt.timedelta(seconds=1))
    ballot = town.ballot("shared", weighting="token")  # half of 100: only a fits
    town.votes(ballot, "d")
    result = town.close(ballot)
    assert totals(result) == {"mint": 50}
    assert result["turnout"] == {
        "voters": 1,
        "weight": "50",
        "roll_size": 4,
        "roll_weight": "100",
        "tokens": None,
    }
    assert result["concentration"]["delegated"] == "40/100"
    assert result["delegation"]["outcomes"]["over_cap"] == {"members": 2, "weight": 50}


def test_what_is_revoked_after_the_count_changes_nothing_that_was_certified(portal, clock):
    town = Assembly(portal, clock)
    ballot = town.ballot()
    given = town.gives("a", "b")
    town.votes(ballot, "b")
    result = town.close(ballot)
    evidence, own = town.evidence(ballot), town.own(ballot, "a")
    town["a"].ok("DELETE", f"{town.path}/{given['id']}")
    town["b"].ok("DELETE", f"{town.town.path}/members/me")
    assert town.evidence(ballot) == evidence
    assert town.own(ballot, "a") == own
    assert town.owner.ok("GET", f"{ballot}/result") == result


def test_who_leaves_carries_nothing_of_others_and_keeps_the_vote_they_cast(portal, clock):
    town = Assembly(portal, clock)
    ballot = town.ballot()
    town.gives("a", "b")
    town.gives("c", "d")
    town.votes(ballot, "b")
    town.votes(ballot, "d", "lime")
    for name in "bc":
        town[name].ok("DELETE", f"{town.town.path}/members/me")
    assert town.own(ballot, "a")["outcome"] == "revoked"
    result = town.close(ballot)
    assert totals(result) == {"mint": 1, "lime": 1}
    assert result["delegation"]["outcomes"]["revoked"] == {"members": 2, "weight": 2}


def test_long_chains_are_told_as_far_as_they_are_followed(portal, clock, monkeypatch):
    monkeypatch.setattr("app.services.delegations.own_weight.MOST_LINKS", 3)
    monkeypatch.setattr("app.domain.delegation.explanation.SHOWN_LINKS", 2)
    town = Assembly(portal, clock, members=8)
    ballot = town.ballot()
    for one, other in zip("abcdef", "bcdefg", strict=True):
        town.gives(one, other)
    assert len(town.own(ballot, "a")["chain"]) == 4
    town.votes(ballot, "g")
    town.close(ballot)
    own = town.own(ballot, "a")
    assert (own["outcome"], own["representative"]["membership_id"]) == ("delegated", town.id_of("g"))
    assert own["explanation"][2] == "4 further delegations follow."
    assert town["g"].name in own["explanation"][3]
