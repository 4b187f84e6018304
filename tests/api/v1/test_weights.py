"""Ballots in which tokens weigh: by holding, up to a cap, by their root, or beside the members."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import json

import pytest

from app.domain.charter.reading import read_charter
from tests.support.charters import ANY_WEIGHTS, FIXED, HALF, proposal, standalone, with_types
from tests.support.tokens import issue, member
from tests.support.versions import second_version

MINUTE = dt.timedelta(minutes=1)
BOTH = {"method": "yes_no", "weighting": "dual"}
AT_ONCE = {"vote_change": False, "early_close": True}


def give(town, *amounts, people=None):
    """Issue tokens to the first members, or to others."""
    for person, amount in zip(people or town.members, amounts, strict=False):
        if amount:
            issue(town, member(town, person), amount)


def vote(path, people, *choices):
    for person, choice in zip(people, choices, strict=False):
        person.ok("PUT", f"{path}/votes/me", {"choice": choice})


def manifest_of(town, path):
    content = town.owner.call("GET", f"{path}/manifest").data
    assert hashlib.sha256(content).hexdigest() == town.owner.ok("GET", path)["manifest_hash"]
    return json.loads(content)


def rows_of(town, path):
    return list(csv.reader(io.StringIO(town.owner.call("GET", path).data.decode(), newline="")))


# --- one tally --------------------------------------------------------------------------------------------------


def test_a_cap_clamps_and_what_it_cuts_off_is_announced_before_anybody_votes(portal):
    town = portal.town(members=3)
    give(town, 700, 250, 50)
    path = portal.ballot(town, method="plurality", weighting="token_capped", **AT_ONCE)
    shown = town.owner.ok("GET", path)
    assert (shown["roll_weight"], shown["weight_limit"], shown["weight_overflow"]) == (800, 500, 200)
    manifest = manifest_of(town, path)
    assert (manifest["weighting"], manifest["weight_cap"]) == ("token_capped", {"ratio": "1/2"})
    assert manifest["roll"]["weight_limit"] == 500
    assert manifest["roll"]["weight_overflow"] == 200
    assert manifest["roll"]["tokens"] is None
    assert manifest["exclude"] == shown["exclude"] == ["brand_holdings"]
    told = [person.ok("GET", f"{path}/delegations/me") for person in town.members]
    assert [(own["weight"], own["overflow"], own["tokens"]) for own in told] == [
        (500, 200, None),
        (250, 0, None),
        (50, 0, None),
    ]
    assert sorted(int(weight) for _, weight in rows_of(town, f"{path}/roll")[1:]) == [50, 250, 500]
    vote(path, town.members, "mint", "lime", "lime")
    result = town.owner.ok("POST", f"{path}/close")
    assert result["winners"] == ["mint"]
    assert result["count"]["totals"] == {"mint": "500", "lime": "300", "yuzu": "0"}
    assert result["concentration"] == {
        "largest_holder": "500/800",
        "top_ten": "800/800",
        "gini": "3/8",
        "brand_affiliated": "0/800",
        "delegated": "0/800",
        "largest_vote": "500/800",
        "tokens": None,
    }


def test_the_brand_s_tokens_left_out_make_a_quorum_reachable(portal, clock):
    """The issuer of nine tenths of all tokens does not vote: with its holding no half would ever take part."""
    votes = {
        "decision_type": "weighed",
        "method": "plurality",
        "quorum": {"base": "weight", "ratio": "1/2"},
        "voting_period": "PT1H",
    }
    outcomes = {}
    for excluded in ([], ["brand_holdings"]):
        open_type = standalone("election", id="weighed", weighting="token", exclude=excluded)
        town = portal.town(members=2, charter=with_types(open_type))
        brand = portal.join(town, "member", "brand_owner")
        give(town, 60, 40)
        give(town, 900, people=[brand])
        path = portal.ballot(town, **votes, weighting="token")
        assert town.owner.ok("GET", path)["roll_weight"] == (100 if excluded else 1000)
        vote(path, town.members, "mint", "lime")
        clock.advance(dt.timedelta(hours=2))
        result = town.owner.ok("GET", f"{path}/result")
        outcomes[bool(excluded)] = result["outcome"]
        affiliated = result["concentration"]["brand_affiliated"]
        assert affiliated == ("0/100" if excluded else "900/1000")
    assert outcomes == {False: "inquorate", True: "decided"}


def test_excluding_holdings_excludes_no_people(portal):
    town = portal.town(members=1)
    steward = portal.join(town, "member", "steward")
    give(town, 5)
    give(town, 8, people=[steward])
    stewards = standalone("general", **ANY_WEIGHTS | {"exclude": ["steward_holdings"]})
    second_version(portal.app, town.id, read_charter(with_types(stewards)))
    token = portal.ballot(town, kind="general", method="plurality", weighting="token")
    steward.refused(403, "not-on-roll", "PUT", f"{token}/votes/me", {"choice": "mint"})
    members = portal.ballot(town, kind="general", method="plurality")
    steward.ok("PUT", f"{members}/votes/me", {"choice": "mint"})
    both = portal.ballot(town, kind="general", **BOTH)
    assert [row[1:] for row in rows_of(town, f"{both}/roll")[1:]].count(["1", "0"]) == 1
    steward.ok("PUT", f"{both}/votes/me", {"choice": "for"})


def test_tokens_passed_on_after_the_opening_change_nothing_in_it(portal):
    town = portal.town(members=2)
    give(town, 9, 1)
    path = portal.ballot(town, **BOTH, **AT_ONCE)
    before = (town.owner.ok("GET", path), town.owner.call("GET", f"{path}/roll").data)
    give(town, 0, 1000)
    late = portal.join(town)
    give(town, 10_000, people=[late])
    assert (town.owner.ok("GET", path), town.owner.call("GET", f"{path}/roll").data) == before
    late.refused(403, "not-on-roll", "PUT", f"{path}/votes/me", {"choice": "for"})
    vote(path, town.members, "for", "against")
    result = town.owner.ok("POST", f"{path}/close")
    assert result["token_count"]["totals"] == {"for": "9", "against": "1", "abstain": "0"}


# --- before anybody opens it ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "facts",
    [
        {"method": "plurality"},
        {"method": "plurality", "weighting": "token"},
        {"method": "plurality", "weighting": "token_capped"},
        BOTH,
    ],
    ids=lambda facts: facts.get("weighting", "one_member_one_vote"),
)
def test_a_preview_says_what_the_opening_will(portal, facts):
    town = portal.town(members=4)
    give(town, 80, 15, 5)
    path = portal.ballot(town, opened=False, **facts)
    preview = town.owner.ok("GET", f"{path}/electorate")
    opened = town.owner.ok("POST", f"{path}/open")
    assert preview["roll_size"] == (3 if facts.get("weighting", "").startswith("token") else 4)
    for name in ("roll_size", "roll_weight", "roll_tokens", "weight_limit", "weight_overflow"):
        assert preview[name] == opened[name]
    vote(path, [town.members[0]], "for" if facts is BOTH else "mint")
    assert (preview["token_concentration"] is None) == (facts is not BOTH)
    spread = preview["token_concentration"] or preview["concentration"]
    largest = {"token": "80/100", "token_capped": "50/70", "dual": "80/100"}
    assert spread["largest_holder"] == largest.get(facts.get("weighting"), "1/4")


def test_a_preview_of_nobody_says_so_and_one_of_an_opened_ballot_is_refused(portal):
    town = portal.town(members=1)
    path = portal.ballot(town, opened=False, method="plurality", weighting="token")
    preview = town.owner.ok("GET", f"{path}/electorate")
    assert (preview["roll_size"], preview["concentration"]) == (0, None)
    give(town, 1)
    assert town.owner.ok("GET", f"{path}/electorate")["roll_size"] == 1
    town.owner.ok("POST", f"{path}/open")
    town.owner.refused(409, "ballot-not-draft", "GET", f"{path}/electorate")


# --- two tallies ------------------------------------------------------------------------------------------------


def test_a_double_majority_counts_members_and_tokens_of_one_ballot(portal):
    town = portal.town(members=4)
    give(town, 10, 20, 70)
    path = portal.ballot(town, **BOTH, **AT_ONCE, quorum={"base": "participants", "ratio": "1/2"})
    shown = town.owner.ok("GET", path)
    assert (shown["roll_size"], shown["roll_weight"], shown["roll_tokens"]) == (4, 4, 100)
    assert shown["token_majority"]["threshold"] == HALF
    assert manifest_of(town, path)["roll"]["tokens"] == 100
    assert manifest_of(town, path)["token_majority"] == shown["token_majority"]
    own = town.members[2].ok("GET", f"{path}/delegations/me")
    assert (own["weight"], own["tokens"], own["overflow"]) == (1, 70, None)
    vote(path, town.members, "for", "for", "against", "for")
    result = town.owner.ok("POST", f"{path}/close")
    assert result["v"] == 3
    assert result["outcome"] == "rejected"
    assert result["decision"]["members"]["outcome"] == "passed"
    assert result["decision"]["tokens"]["decided_by"] == "threshold"
    assert result["count"]["totals"] == {"for": "3", "against": "1", "abstain": "0"}
    assert result["token_count"]["totals"] == {"for": "30", "against": "70", "abstain": "0"}
    assert result["turnout"] == {
        "voters": 4,
        "weight": "4",
        "roll_size": 4,
        "roll_weight": "4",
        "tokens": {"voters": 3, "weight": "100", "roll_size": 3, "roll_weight": "100"},
    }
    assert result["concentration"]["largest_holder"] == "1/4"
    assert result["concentration"]["gini"] == "0"
    assert result["concentration"]["tokens"] == {
        "largest_holder": "70/100",
        "top_ten": "100/100",
        "gini": "2/5",
        "brand_affiliated": "0/100",
        "delegated": "0/100",
        "largest_vote": "70/100",
    }
    assert result["explanation"] == [
        "By members, one vote each. Round 1: 3 for, 1 against, 0 abstaining.",
        "By tokens. Round 1: 30 for, 70 against, 0 abstaining.",
        (
            "3 for and 1 against of 4 members: passed; 30 for and 70 against of 100 tokens: rejected. "
            "Both have to pass: rejected."
        ),
    ]


def test_logs_and_digests_of_a_double_majority_carry_both_weights(portal):
    town = portal.town(members=2)
    give(town, 7)
    path = portal.ballot(town, **BOTH, **AT_ONCE)
    vote(path, town.members, "for", "against")
    result = town.owner.ok("POST", f"{path}/close")
    head, *rows = rows_of(town, f"{path}/log")
    assert head[3:5] == ["weight", "tokens"]
    lines = [dict(zip(head, row, strict=True)) for row in rows]
    assert {(line["choice"], line["weight"], line["tokens"]) for line in lines} == {
        ("for", "1", "7"),
        ("against", "1", "0"),
    }
    written = "".join(f"{c['tracker']} {c['weight']} {c['tokens']} {c['choice']}\n" for c in lines)
    assert hashlib.sha256(written.encode()).hexdigest() == result["votes_digest"]
    as_json = town.owner.call("GET", f"{path}/log?format=jsonl").data.decode().splitlines()
    assert [json.loads(line)["tokens"] for line in as_json] == [line["tokens"] for line in lines]
    head, *rows = rows_of(town, f"{path}/roll")
    assert head == ["voter", "weight", "tokens"]
    hashed = "".join(" ".join(row) + "\n" for row in rows)
    assert hashlib.sha256(hashed.encode()).hexdigest() == town.owner.ok("GET", path)["roll_hash"]


def test_other_logs_have_the_columns_they_always_had(portal):
    town = portal.town(members=1)
    give(town, 3)
    path = portal.ballot(town, method="plurality", weighting="token")
    vote(path, town.members, "mint")
    assert "tokens" not in rows_of(town, f"{path}/log")[0]
    assert rows_of(town, f"{path}/roll")[0] == ["voter", "weight"]


def test_both_tallies_have_a_quorum_of_their_own(portal, clock):
    """Nine of ten tokens stay at home: the members' quorum is met, the tokens' is not."""
    majority = {"threshold": HALF, "quorum": {"base": "weight", "ratio": "1/5"}}
    both = standalone("general", **ANY_WEIGHTS | {"token_majority": majority})
    town = portal.town(members=3, charter=with_types(both))
    give(town, 5, 5, 90)
    path = portal.ballot(town, kind="general", **BOTH, voting_period="PT1H")
    vote(path, town.members[:2], "for", "for")
    clock.advance(dt.timedelta(hours=2))
    result = town.owner.ok("GET", f"{path}/result")
    assert result["outcome"] == "inquorate"
    assert result["decision"]["members"]["outcome"] == "passed"
    assert result["decision"]["tokens"]["decided_by"] == "quorum"


def test_a_double_majority_without_any_token_is_not_opened(portal):
    town = portal.town(members=2)
    path = portal.ballot(town, opened=False, **BOTH)
    problem = town.owner.refused(409, "empty-roll", "POST", f"{path}/open")
    assert "token" in problem["detail"]
    give(town, 1)
    assert town.owner.ok("POST", f"{path}/open")["roll_tokens"] == 1


def test_nobody_s_vote_makes_an_empty_result_of_two_empty_tallies(portal, clock):
    town = portal.town(members=1)
    give(town, 4)
    path = portal.ballot(town, **BOTH, voting_period="PT1H")
    clock.advance(dt.timedelta(hours=2))
    result = town.owner.ok("GET", f"{path}/result")
    assert result["outcome"] == "inquorate"
    assert result["turnout"]["tokens"] == {"voters": 0, "weight": "0", "roll_size": 1, "roll_weight": "4"}
    assert result["concentration"]["tokens"]["largest_vote"] == "0/4"


def test_a_late_quorum_of_members_extends_a_double_majority_and_one_of_tokens_does_not(portal, clock):
    rules = {
        "method": "yes_no",
        "threshold": HALF,
        "weighting": "dual",
        "token_majority": ANY_WEIGHTS["token_majority"] | {"quorum": {"base": "weight", "ratio": "4/5"}},
    }
    vote_type = {**FIXED, **rules, "for": "general"}
    changing = {**proposal("dual_amendment", **{"for": "amendment"}), **rules}
    changing |= {"amends": ["decision_types"], "binding_level": "binding", "voting_period": "PT100M"}
    changing |= {"quorum": FIXED["quorum"]}
    town = portal.town(members=4, charter=with_types(vote_type, changing))
    give(town, 5, 5, 90)
    path = portal.ballot(town, decision_type="house_vote", options=[])
    opens_at = dt.datetime.fromisoformat(town.owner.ok("GET", path)["opens_at"])

    def closes_after():
        return (dt.datetime.fromisoformat(town.owner.ok("GET", path)["closes_at"]) - opens_at) / MINUTE

    clock.stop(opens_at + 95 * MINUTE)
    vote(path, [town.members[2]], "for")  # nine tenths of the tokens, a quarter of the members
    assert closes_after() == 100
    clock.stop(opens_at + 97 * MINUTE)
    vote(path, [town.members[0]], "for")
    assert closes_after() == 117


# --- what whoever drafts may choose -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("weighting", "words"),
    [("token_capped", "weight_cap"), ("dual", "token_majority"), ("quadratic_token", "verified_accounts")],
)
def test_a_weighting_takes_what_the_charter_states_for_it(portal, weighting, words):
    town = portal.town(members=1, charter=with_types(standalone("general")))
    body = {"kind": "general", "title": "W", "method": "yes_no", "threshold": HALF, "weighting": weighting}
    problem = town.owner.refused(409, "fixed-by-charter", "POST", f"{town.path}/ballots", body)
    assert problem["errors"][0]["pointer"] == "#/weighting"
    assert words in problem["errors"][0]["detail"]


def test_a_double_majority_is_for_or_against(portal):
    town = portal.town(members=1)
    body = {"kind": "general", "title": "W", "method": "plurality", "weighting": "dual"}
    body["options"] = [{"title": "Mint"}, {"title": "Lime"}]
    problem = town.owner.refused(409, "invalid-question", "POST", f"{town.path}/ballots", body)
    assert "#/weighting" in [error["pointer"] for error in problem["errors"]]


def test_a_draft_shows_what_its_weighting_takes_from_the_charter_and_nothing_else(portal):
    town = portal.town(members=1)
    path = portal.ballot(town, opened=False, method="plurality")
    plain = {"weight_cap": None, "count_unvested": True, "exclude": [], "token_majority": None}
    shown = town.owner.ok("GET", path)
    assert {name: shown[name] for name in plain} == plain
    capped = town.owner.ok("PATCH", path, {"weighting": "token_capped"}, if_match="*")
    assert {name: capped[name] for name in plain} == plain | {
        "weight_cap": {"ratio": "1/2"},
        "exclude": ["brand_holdings"],
    }
    token = town.owner.ok("PATCH", path, {"weighting": "token"}, if_match="*")
    assert {name: token[name] for name in plain} == plain | {"exclude": ["brand_holdings"]}
    assert token["weight_limit"] is token["roll_tokens"] is None


def test_a_draft_is_not_opened_under_a_cap_that_the_charter_has_changed(portal):
    town = portal.town(members=1)
    give(town, 10)
    path = portal.ballot(town, opened=False, kind="general", method="plurality", weighting="token_capped")
    lower = standalone("general", **ANY_WEIGHTS | {"weight_cap": {"amount": 3}})
    second_version(portal.app, town.id, read_charter(with_types(lower)))
    problem = town.owner.refused(409, "fixed-by-charter", "POST", f"{path}/open")
    assert [error["pointer"] for error in problem["errors"]] == ["#/weight_cap"]
    town.owner.ok("PATCH", path, {}, if_match="*")
    assert town.owner.ok("POST", f"{path}/open")["weight_limit"] == 3


def test_a_request_does_not_state_what_the_charter_alone_states(portal):
    town = portal.town(members=1)
    body = {"kind": "general", "title": "W", "weight_cap": {"amount": 1}, "method": "yes_no"}
    town.owner.refused(422, "invalid-request", "POST", f"{town.path}/ballots", body)
