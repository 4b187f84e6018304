from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import json
import threading

import pytest

from app.domain.counting import sortition
from tests.support.debts import instant
from tests.support.tokens import give

KINDS = ("product_vote", "charity_vote", "general")


def test_a_ranked_ballot_goes_from_draft_to_certified_result(portal):
    town = portal.town(members=5)
    path = portal.ballot(town, vote_change=False, early_close=True)
    choices = (["mint", "lime"], ["lime"], ["yuzu", "lime"], ["mint"], ["lime", "yuzu"])
    for member, choice in zip(town.members, choices, strict=True):
        receipt = member.ok("PUT", f"{path}/votes/me", {"choice": choice})
        assert receipt["revision"] == 1
        assert member.ok("GET", f"{path}/votes/me")["choice"] == choice
    result = town.members[0].ok("POST", f"{path}/close")
    assert result["outcome"] == "decided"
    assert result["winners"] == ["lime"]
    assert result["turnout"] == {
        "voters": 5,
        "weight": "5",
        "roll_size": 5,
        "roll_weight": "5",
        "tokens": None,
    }
    assert town.members[1].ok("GET", f"{path}/result") == result


def test_a_draft_is_seen_only_by_who_prepares_ballots(portal):
    town = portal.town(members=1)
    path = portal.ballot(town, opened=False)
    town.members[0].refused(404, "not-found", "GET", path)
    assert town.owner.ok("GET", path)["state"] == "draft"
    town.members[0].refused(404, "not-found", "PUT", f"{path}/votes/me", {"choice": ["mint"]})


def test_ballots_are_listed_by_state_and_sort_as_each_of_them_shows(portal, clock):
    town = portal.town(members=1)
    clock.stop()
    portal.ballot(town, opened=False)
    portal.ballot(town, kind="charity_vote", voting_period="PT1H")
    portal.ballot(town, opens_at=instant(clock.now() + dt.timedelta(days=2)))
    portal.ballot(town)
    clock.advance(dt.timedelta(hours=1))
    for person in (town.owner, town.members[0]):
        everything = person.ok("GET", f"{town.path}/ballots")["items"]
        assert {each["state"] for each in everything} >= {"scheduled", "open", "closed"}
        for name in ("state", "kind", "decision_type"):
            for value in ("draft", "scheduled", "open", "closed") if name == "state" else KINDS:
                found = person.ok("GET", f"{town.path}/ballots?{name}={value}")["items"]
                assert found == [each for each in everything if each[name] == value]
    assert town.members[0].ok("GET", f"{town.path}/ballots?state=draft")["items"] == []
    assert town.owner.call("GET", f"{town.path}/ballots?state=elsewhere").status_code == 422


def test_an_opened_ballot_changes_no_more(portal):
    town = portal.town(members=1)
    path = portal.ballot(town)
    tag = town.owner.call("GET", path).headers["ETag"]
    town.owner.refused(409, "ballot-not-draft", "PATCH", path, {"title": "Other"}, if_match=tag)
    town.owner.refused(409, "ballot-not-draft", "DELETE", path, if_match=tag)
    town.owner.refused(409, "ballot-not-draft", "POST", f"{path}/open")


def test_a_vote_out_of_time_is_told_the_time(portal):
    town = portal.town(members=1)
    voter = town.members[0]
    early = portal.ballot(town, opens_at="2999-01-01T00:00:00.25Z", voting_period="P1D")
    problem = voter.refused(409, "ballot-not-open", "PUT", f"{early}/votes/me", {"choice": ["mint"]})
    assert problem["state"] == "scheduled"
    assert problem["opens_at"] == "2999-01-01T00:00:00.250Z"
    assert problem["closes_at"] == "2999-01-02T00:00:00.250Z"
    for part in ("result", "log"):
        slug = "ballot-not-open" if part == "log" else "ballot-not-closed"
        assert standing(voter.refused(409, slug, "GET", f"{early}/{part}")) == standing(problem)
    closed = portal.ballot(town, vote_change=False, early_close=True)
    town.owner.refused(409, "ballot-not-closed", "POST", f"{closed}/close")
    voter.ok("PUT", f"{closed}/votes/me", {"choice": ["mint"]})
    town.owner.ok("POST", f"{closed}/close")
    problem = voter.refused(409, "ballot-not-open", "PUT", f"{closed}/votes/me", {"choice": ["lime"]})
    shown = town.owner.ok("GET", closed)
    assert standing(problem) == standing(shown)
    assert problem["state"] == "closed"
    draft = portal.ballot(town, opened=False)
    assert standing(town.owner.refused(409, "ballot-not-open", "GET", f"{draft}/roll")) == {
        "state": "draft",
        "opens_at": None,
        "closes_at": None,
    }


def standing(document):
    return {name: document[name] for name in ("state", "opens_at", "closes_at")}


def test_late_joiners_do_not_vote_and_leavers_rows_stay(portal):
    town = portal.town(members=2)
    path = portal.ballot(town)
    town.members[0].ok("PUT", f"{path}/votes/me", {"choice": ["mint"]})
    town.members[0].ok("DELETE", f"{town.path}/members/me")
    late = portal.join(town)
    late.refused(403, "not-on-roll", "PUT", f"{path}/votes/me", {"choice": ["mint"]})
    assert town.owner.ok("GET", path)["roll_size"] == 2
    assert town.owner.ok("GET", f"{path}/turnout") == {"voters": 1, "roll_size": 2, "credentials": None}


@pytest.mark.parametrize(
    ("choice", "pointer"),
    [(["mint", "mint"], "#/choice/1"), (["cola"], "#/choice/0"), ("mint", "#/choice")],
)
def test_a_choice_that_does_not_answer_says_where(portal, choice, pointer):
    town = portal.town(members=1)
    path = portal.ballot(town)
    problem = town.members[0].refused(409, "invalid-vote", "PUT", f"{path}/votes/me", {"choice": choice})
    assert problem["errors"][0]["pointer"] == pointer
    town.members[0].refused(404, "not-found", "GET", f"{path}/votes/me")


def test_the_same_choice_again_returns_the_same_receipt(portal):
    town = portal.town(members=1)
    path = portal.ballot(town)
    first = town.members[0].call("PUT", f"{path}/votes/me", {"choice": ["mint", "lime"]})
    again = town.members[0].call("PUT", f"{path}/votes/me", {"choice": ["mint", "lime"]})
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.get_json() == again.get_json()


def test_a_vote_is_replaced_only_where_the_rules_allow_it(portal):
    town = portal.town(members=1)
    member = town.members[0]
    changeable = portal.ballot(town)
    first = member.ok("PUT", f"{changeable}/votes/me", {"choice": ["mint"]})
    second = member.ok("PUT", f"{changeable}/votes/me", {"choice": ["lime"]})
    assert second["revision"] == 2
    assert portal.visitor.ok("GET", f"/v1/receipts/{first['tracker']}")["superseded"]
    assert not portal.visitor.ok("GET", f"/v1/receipts/{second['tracker']}")["superseded"]
    final = portal.ballot(town, vote_change=False)
    member.ok("PUT", f"{final}/votes/me", {"choice": ["mint"]})
    member.refused(409, "already-voted", "PUT", f"{final}/votes/me", {"choice": ["lime"]})


def test_a_receipt_tells_anyone_that_it_is_there_and_no_more(portal):
    town = portal.town(members=1)
    path = portal.ballot(town)
    receipt = town.members[0].ok("PUT", f"{path}/votes/me", {"choice": ["mint"]})
    found = portal.visitor.ok("GET", f"/v1/receipts/{receipt['tracker']}")
    assert set(found) == {"ballot_id", "tracker", "digest", "leaf_hash", "superseded", "certified"}
    assert found["digest"] == receipt["digest"]
    portal.visitor.refused(404, "not-found", "GET", "/v1/receipts/00000000-0000-4000-8000-000000000000")


def test_a_yes_no_ballot_decides_by_its_exact_rules(portal):
    town = portal.town(members=3)
    path = portal.ballot(
        town,
        method="yes_no",
        threshold={"ratio": "2/3"},
        quorum={"base": "participants", "ratio": "1/2"},
        vote_change=False,
        early_close=True,
    )
    for member, choice in zip(town.members, ("for", "for", "against"), strict=True):
        member.ok("PUT", f"{path}/votes/me", {"choice": choice})
    result = town.owner.ok("POST", f"{path}/close")
    assert result["outcome"] == "passed"
    threshold = next(s for s in result["decision"]["steps"] if s["rule"] == "threshold")
    assert (threshold["part"], threshold["whole"], threshold["required"]) == ("2", "3", "2/3")


def test_weights_are_the_holdings_at_opening(portal):
    town = portal.town(members=3)
    for member, amount in zip(town.members, (5, 3, 0), strict=True):
        if amount:
            give(town, (member, amount))
    path = portal.ballot(
        town, method="plurality", weighting="token", vote_change=False, early_close=True, disclosure="named"
    )
    assert town.owner.ok("GET", path)["roll_weight"] == 8
    give(town, (town.members[1], 997))
    town.members[0].ok("PUT", f"{path}/votes/me", {"choice": "mint"})
    town.members[1].ok("PUT", f"{path}/votes/me", {"choice": "lime"})
    town.members[2].refused(403, "not-on-roll", "PUT", f"{path}/votes/me", {"choice": "lime"})
    result = town.owner.ok("POST", f"{path}/close")
    assert result["winners"] == ["mint"]
    assert result["concentration"]["largest_holder"] == "5/8"


def test_a_sealed_ballot_tells_nothing_but_turnout_until_close(portal):
    town = portal.town(members=2)
    auditor = portal.join(town, "auditor")
    path = portal.ballot(
        town, secrecy="sealed", disclosure="pseudonymous", vote_change=False, early_close=True
    )
    town.members[0].ok("PUT", f"{path}/votes/me", {"choice": ["mint"]})
    for reader in (town.owner, auditor, town.members[1]):
        reader.refused(403, "log-not-disclosed", "GET", f"{path}/log")
        reader.refused(409, "ballot-not-closed", "GET", f"{path}/result")
        assert reader.ok("GET", f"{path}/turnout")["voters"] == 1
    assert "mint" not in json.dumps(
        auditor.ok("GET", f"{town.path}/audit-entries?limit=100")["items"][-1]["entry"]
    )
    town.members[1].ok("PUT", f"{path}/votes/me", {"choice": ["mint"]})
    town.owner.ok("POST", f"{path}/close")
    rows = list(csv.DictReader(io.StringIO(auditor.call("GET", f"{path}/log").text)))
    assert [row["choice"] for row in rows] == ["mint", "mint"]
    assert {row["member"] for row in rows} == {""}


def test_the_log_in_both_forms_says_the_same(portal):
    town = portal.town(members=3)
    path = portal.ballot(town, method="approval")
    for member, choice in zip(town.members, (["mint", "lime"], ["yuzu"], ["mint"]), strict=True):
        member.ok("PUT", f"{path}/votes/me", {"choice": choice})
    town.members[2].ok("PUT", f"{path}/votes/me", {"choice": ["lime", "yuzu"]})
    as_csv = town.members[0].call("GET", f"{path}/log")
    as_lines = town.members[0].call("GET", f"{path}/log?format=jsonl")
    assert as_csv.text.startswith("tracker,voter,member,weight,revision,counts,choice,cast_at,digest\r\n")
    rows = list(csv.DictReader(io.StringIO(as_csv.text, newline="")))
    lines = [json.loads(line) for line in as_lines.text.splitlines()]
    assert [
        row | {"revision": int(row["revision"]), "counts": row["counts"] == "true"} for row in rows
    ] == lines
    assert [row["tracker"] for row in rows] == sorted(row["tracker"] for row in rows)
    assert sorted(row["choice"] for row in rows if row["counts"] == "true") == [
        "lime,yuzu",
        "mint,lime",
        "yuzu",
    ]
    assert len(rows) == 4
    for response in (as_csv, as_lines):
        assert response.headers["Repr-Digest"].startswith("sha-256=:")
        assert "attachment" in response.headers["Content-Disposition"]


def test_two_tenants_do_not_meet(portal):
    town, other = portal.town(members=1), portal.town(members=1)
    path = portal.ballot(town)
    stranger = other.members[0]
    unknown = stranger.call("GET", f"{town.path}/ballots/00000000-0000-7000-8000-000000000000").get_json()
    found = stranger.call("GET", path).get_json()
    for varying in ("instance", "request_id"):
        unknown.pop(varying), found.pop(varying)
    assert found == unknown
    ballot_id = path.rsplit("/", 1)[1]
    stranger.refused(404, "not-found", "GET", f"{other.path}/ballots/{ballot_id}")
    stranger.refused(
        404, "not-found", "PUT", f"{other.path}/ballots/{ballot_id}/votes/me", {"choice": ["mint"]}
    )


def test_fifty_parallel_casts_of_one_member_leave_one_vote(portal):
    town = portal.town(members=1)
    path = portal.ballot(town, vote_change=False)
    member, answers = town.members[0], []
    barrier = threading.Barrier(50)

    def cast(number):
        barrier.wait()
        choice = [("mint", "lime", "yuzu")[number % 3]]
        answers.append((choice, member.call("PUT", f"{path}/votes/me", {"choice": choice})))

    threads = [threading.Thread(target=cast, args=(n,)) for n in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    won = {response.get_json()["tracker"] for _, response in answers if response.status_code < 300}
    assert len(won) == 1
    assert {response.status_code for _, response in answers} <= {200, 201, 409, 503}
    assert sum(response.status_code == 201 for _, response in answers) == 1
    rows = list(csv.DictReader(io.StringIO(town.owner.call("GET", f"{path}/log").text)))
    assert [row["tracker"] for row in rows] == list(won)


def test_whoever_races_to_close_gets_the_one_result(portal):
    town = portal.town(members=2)
    path = portal.ballot(town, vote_change=False, early_close=True)
    for member in town.members:
        member.ok("PUT", f"{path}/votes/me", {"choice": ["mint"]})
    barrier, answers = threading.Barrier(10), []

    def close():
        barrier.wait()
        answers.append(town.owner.call("POST", f"{path}/close"))

    threads = [threading.Thread(target=close) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    digests = {a.get_json()["digest"] for a in answers if a.status_code == 200}
    assert len(digests) == 1
    assert {a.status_code for a in answers} <= {200, 503}


def test_a_sample_can_be_counted_before_anything_is_opened(portal):
    town = portal.town()
    sample = {
        "method": "irv",
        "options": [{"id": o, "title": o.title()} for o in ("mint", "lime", "yuzu")],
        "votes": [
            {"choice": ["mint", "yuzu"], "weight": 40},
            {"choice": ["yuzu", "lime"], "weight": 25},
            {"choice": ["lime", "yuzu"], "weight": 35},
        ],
    }
    path = f"{town.path}/ballots/preview-count"
    answer = town.owner.ok("POST", path, sample)
    assert answer["count"]["winners"] == ["lime"]
    assert "Yuzu" in " ".join(answer["explanation"])
    sample["votes"][1]["choice"] = ["cola"]
    problem = town.owner.refused(409, "invalid-vote", "POST", path, sample)
    assert problem["errors"][0]["pointer"] == "#/votes/1/choice/0"
    assert town.owner.ok("GET", f"{town.path}/ballots")["items"] == []


def test_a_result_comes_with_charts(portal):
    town = portal.town(members=3)
    path = portal.ballot(town, vote_change=False, early_close=True)
    for member, choice in zip(town.members, (["mint", "lime"], ["lime"], ["yuzu", "lime"]), strict=True):
        member.ok("PUT", f"{path}/votes/me", {"choice": choice})
    town.owner.refused(409, "ballot-not-closed", "GET", f"{path}/result/charts")
    town.owner.ok("POST", f"{path}/close")
    charts = town.members[0].ok("GET", f"{path}/result/charts")["items"]
    assert [chart["name"] for chart in charts] == ["flow", "totals"]
    assert all(chart["specification"]["$schema"].endswith("/v5.json") for chart in charts)
    drawn = town.members[0].call("GET", f"{path}/result/charts/flow.svg")
    assert drawn.mimetype == "image/svg+xml"
    assert drawn.text.startswith("<svg")
    assert ">Mint<" in drawn.text
    town.owner.refused(404, "not-found", "GET", f"{path}/result/charts/pairwise.svg")


def test_a_budget_is_divided_by_equal_shares(portal):
    town = portal.town(members=3)
    path = portal.ballot(
        town,
        kind="charity_vote",
        method="equal_shares",
        options=[{"id": o, "title": o.title()} for o in ("park", "pool", "pond")],
        settings={"budget": 90, "costs": {"park": 60, "pool": 40, "pond": 20}},
        vote_change=False,
        early_close=True,
    )
    for member, choice in zip(town.members, (["park"], ["park", "pond"], ["pool", "pond"]), strict=True):
        member.ok("PUT", f"{path}/votes/me", {"choice": choice})
    result = town.owner.ok("POST", f"{path}/close")
    assert result["winners"][0] in {"park", "pond"}
    assert sum({"park": 60, "pool": 40, "pond": 20}[o] for o in result["winners"]) <= 90
    charts = [chart["name"] for chart in town.owner.ok("GET", f"{path}/result/charts")["items"]]
    assert charts[0] == "spending"


@pytest.mark.parametrize(
    ("method", "own_settings", "choice"),
    [
        ("score", {"highest_score": 10}, {"mint": 10, "lime": 3}),
        ("star", {}, {"mint": 5}),
        ("majority_judgment", {"grades": ["good", "fair", "bad"]}, {"mint": "good", "lime": "fair"}),
        ("schulze", {}, ["mint", ["lime", "yuzu"]]),
        ("ranked_pairs", {}, ["mint", "lime"]),
        ("copeland", {}, ["mint"]),
        ("borda", {}, ["mint", "yuzu"]),
        ("cumulative", {}, {"mint": 7, "lime": 3}),
        ("weighted_split", {}, {"mint": 2, "lime": 1}),
        ("quadratic", {}, {"mint": 9}),
        ("pav", {}, ["mint", "lime"]),
        ("sequential_phragmen", {}, ["mint"]),
    ],
)
def test_every_method_carries_a_ballot_to_its_result(portal, method, own_settings, choice):
    town = portal.town(members=1)
    rules = {"vote_change": False, "early_close": True, "tie_rule": "stated_order"}
    path = portal.ballot(town, method=method, settings=own_settings, **rules)
    town.members[0].ok("PUT", f"{path}/votes/me", {"choice": choice})
    assert town.members[0].ok("GET", f"{path}/votes/me")["choice"] == choice
    result = town.owner.ok("POST", f"{path}/close")
    assert result["winners"][0] == "mint"
    assert result["count"]["method"] == method
    assert result["explanation"]


def test_the_roll_gives_the_hash_published_at_opening(portal):
    town = portal.town(members=4)
    path = portal.ballot(town)
    roll = town.members[0].call("GET", f"{path}/roll").text.splitlines()
    assert roll[0] == "voter,weight"
    lines = "".join(line.replace(",", " ") + "\n" for line in roll[1:])
    assert hashlib.sha256(lines.encode()).hexdigest() == town.owner.ok("GET", path)["roll_hash"]
    assert len(roll) == 5


def test_a_jury_can_be_drawn_again_by_anyone(portal):
    town = portal.town(members=6)
    path = portal.ballot(town, vote_change=False, early_close=True)
    for member in town.members:
        member.ok("PUT", f"{path}/votes/me", {"choice": ["mint"]})
    town.owner.refused(409, "ballot-not-closed", "GET", f"{path}/jury")
    seed = town.owner.ok("POST", f"{path}/close")["tie_seed"]["seed"]
    drawn = town.members[0].ok("GET", f"{path}/jury?size=2&substitutes=1")
    roll = [line.split(",")[0] for line in town.owner.call("GET", f"{path}/roll").text.split()[1:]]
    again = sortition.draw(f"jury/{path.rsplit('/', 1)[1]}", bytes.fromhex(seed), roll, 2, substitutes=1)
    assert drawn["draw"] == again.to_json()
    assert drawn["yours"] in roll
    larger = town.members[1].ok("GET", f"{path}/jury?size=3")["draw"]["strata"][0]["jury"]
    assert larger[:2] == drawn["draw"]["strata"][0]["jury"]
    assert town.owner.ok("GET", f"{path}/jury?size=2")["yours"] is None
    town.owner.refused(409, "conflict", "GET", f"{path}/jury?size=7")
