"""From an idea to a ballot or a proposal, to what the brand owes and keeps: walked both ways."""

from __future__ import annotations

import datetime as dt
import functools
from typing import Any

import pytest

from tests.support import journal
from tests.support.charters import proposal, standalone, with_types
from tests.support.portal import UNKNOWN
from tests.support.races import answers_at_once
from tests.support.workshop import Workshop, identifier

PRECOMMITMENT = {"undertaking": "We fill it.", "within": "P30D"}


@pytest.fixture
def shop(portal) -> Workshop:
    charter = with_types(
        standalone(
            "product_vote",
            method="irv",
            binding_level="binding",
            answer_within="P14D",
            precommitment_within="PT1H",
            voting_period="PT1H",
            vote_change=False,
            early_close=True,
            left_open=["vote_change", "early_close"],
        ),
        proposal("answered", binding_level="must_answer", precommitment_within="PT0S", answer_within="P7D"),
        proposal(
            "promised", binding_level="binding", answer_within="P7D", early_close=True, vote_change=False
        ),
    )
    return Workshop(portal, town=portal.town(members=3, charter=charter))


def promote(shop: Workshop, to: str = "ballot", decision_type: str = "product_vote", **facts: Any) -> Any:
    body = {"to": to, "decision_type": decision_type} | facts
    return shop.steward.ok("POST", f"{shop.board}/promotions", body)


def vote(shop: Workshop, ballot: str, choice: Any) -> None:
    """Promise, open, vote and close."""
    shop.owner.ok("POST", f"{ballot}/precommitments", PRECOMMITMENT)
    shop.steward.ok("POST", f"{ballot}/open")
    for member in shop.members:
        member.ok("PUT", f"{ballot}/votes/me", {"choice": choice})
    shop.steward.ok("POST", f"{ballot}/close")


def keep(shop: Workshop, obligation: str, verdict: str = "accepted") -> None:
    """Answer what is owed, and deliver every promise."""
    path = f"{shop.town.path}/obligations/{obligation}"
    shop.owner.ok("POST", f"{path}/answers", {"verdict": verdict, "reason": "So."}, if_match="*")
    for milestone in shop.owner.ok("GET", path)["milestones"]:
        below = f"{shop.town.path}/milestones/{milestone['id']}"
        given = shop.owner.ok("POST", f"{below}/evidence", {"note": "Here."})
        for member in shop.members:
            said = {"verdict": "confirmed", "round": given["round"]}
            member.ok("PUT", f"{below}/attestations/me", said)


def lineage(shop: Workshop, path: str) -> dict[str, Any]:
    return shop.members[0].ok("GET", f"{path}/lineage")


def leading_to(shop: Workshop, **end: str) -> list[str]:
    found = shop.members[0].call("GET", f"{shop.town.path}/ideas", query_string=end)
    return [idea["id"] for idea in found.get_json()["items"]]


def test_the_most_supported_ideas_become_the_options_of_a_draft(shop):
    first, second, third = (shop.idea(title=title, body=f"{title}!") for title in ("one", "two", "three"))
    shop.endorse(second)
    shop.endorse(third, shop.members[0])
    made = promote(shop, top=2, title="Which bottle?")
    assert [each["idea_id"] for each in made["ideas"]] == [identifier(second), identifier(third)]
    ballot = shop.steward.ok("GET", f"{shop.town.path}/ballots/{made['ballot_id']}")
    assert (ballot["state"], ballot["title"]) == ("draft", "Which bottle?")
    assert [(o["id"], o["title"], o["description"]) for o in ballot["options"]] == [
        ("o1", "two", "two!"),
        ("o2", "three", "three!"),
    ]
    assert [shop.of(path)["state"] for path in (first, second, third)] == [
        "open",
        "shortlisted",
        "shortlisted",
    ]
    assert shop.steward.ok("GET", f"{shop.board}/promotions")["items"] == [made]


def test_an_idea_is_delivered_once_what_it_led_to_is_kept_and_its_authors_are_credited(shop, units):
    author, other = shop.members[:2]
    winner, loser, twin = shop.idea(author), shop.idea(other), shop.idea(other)
    shop.merged(twin, winner)
    made = promote(shop, idea_ids=[identifier(winner), identifier(loser)])
    ballot = f"{shop.town.path}/ballots/{made['ballot_id']}"
    assert lineage(shop, winner)["promotions"][0]["won"] is None
    vote(shop, ballot, ["o1", "o2"])

    (way,) = lineage(shop, winner)["promotions"]
    obligation = way["obligation"]["id"]
    assert (way["ballot_id"], way["option_id"], way["outcome"], way["won"]) == (
        made["ballot_id"],
        "o1",
        "decided",
        True,
    )
    assert way["obligation"]["kept"] is False
    assert shop.of(winner)["state"] == "shortlisted"
    assert lineage(shop, loser)["promotions"][0]["won"] is False
    for end in ({"ballot_id": made["ballot_id"]}, {"obligation_id": obligation}):
        assert set(leading_to(shop, **end)) == {identifier(winner), identifier(loser)}
    assert leading_to(shop, ballot_id=UNKNOWN) == []

    before = journal.everything(units)["ideas"]
    keep(shop, obligation)
    assert journal.everything(units)["ideas"] == before  # a function of facts, stored nowhere
    idea = shop.of(winner)
    assert idea["state"] == "delivered"
    assert idea["author_ids"] == [person.memberships[shop.town.id] for person in (author, other)]
    assert shop.of(loser)["state"] == "shortlisted"
    assert [each["id"] for each in shop.listed(state="delivered")] == [identifier(winner)]
    assert [each["id"] for each in shop.listed(state="shortlisted")] == [identifier(loser)]
    known = lineage(shop, winner)
    assert (known["state"], known["merged_from"]) == ("delivered", [identifier(twin)])
    assert known["promotions"][0]["obligation"]["kept"] is True
    answer = {"state": "declined", "reason": "No."}
    problem = shop.steward.refused(409, "illegal-idea-step", "POST", f"{winner}/answers", answer)
    assert problem["state"] == "delivered"


def test_a_vote_after_which_nothing_is_owed_delivers_nothing(shop):
    path, other = shop.idea(), shop.idea()
    made = promote(shop, "ballot", "general", idea_ids=[identifier(path), identifier(other)])
    ballot = f"{shop.town.path}/ballots/{made['ballot_id']}"
    facts = {"vote_change": False, "early_close": True}
    shop.steward.ok("PATCH", ballot, facts, if_match="*")
    shop.steward.ok("POST", f"{ballot}/open")
    for member in shop.members:
        member.ok("PUT", f"{ballot}/votes/me", {"choice": ["o1"]})
    shop.steward.ok("POST", f"{ballot}/close")
    (way,) = lineage(shop, path)["promotions"]
    assert (way["won"], way["obligation"]) == (True, None)  # advisory: nothing is owed, so nothing is kept
    assert shop.of(path)["state"] == "shortlisted"


def test_one_idea_becomes_a_proposal_and_several_a_choice(shop):
    one, two, three = (shop.idea(title=title, body=f"{title}!") for title in ("one", "two", "three"))
    alone = promote(shop, "proposal", "quick", idea_ids=[identifier(one)])
    assert alone["ideas"] == [{"idea_id": identifier(one), "option_id": None}]
    made = shop.steward.ok("GET", f"{shop.town.path}/proposals/{alone['proposal_id']}")
    assert (made["state"], made["title"], made["body"], made["options"]) == ("draft", "one", "one!", None)
    choice = promote(
        shop, "proposal", "choice", idea_ids=[identifier(three), identifier(two)], title="Which?"
    )
    made = shop.steward.ok("GET", f"{shop.town.path}/proposals/{choice['proposal_id']}")
    assert [option["title"] for option in made["options"]] == ["three", "two"]
    assert leading_to(shop, proposal_id=choice["proposal_id"]) == [identifier(three), identifier(two)]


@pytest.mark.parametrize(
    ("decision_type", "verdict", "state"),
    [("promised", "accepted", "delivered"), ("answered", "refused", "shortlisted")],
)
def test_a_proposal_delivers_its_idea_where_the_brand_accepts_and_keeps_it(
    decision_type, verdict, state, shop, clock
):
    path = shop.idea(shop.members[0])
    made = promote(shop, "proposal", decision_type, idea_ids=[identifier(path)])
    below = f"{shop.town.path}/proposals/{made['proposal_id']}"
    shop.steward.ok("POST", f"{below}/submit")
    shop.owner.ok("POST", f"{below}/precommitments", PRECOMMITMENT)
    ballot = shop.steward.ok("POST", f"{below}/open-vote")["ballot_id"]
    for member in shop.members:
        member.ok("PUT", f"{shop.town.path}/ballots/{ballot}/votes/me", {"choice": "for"})
    clock.advance(dt.timedelta(hours=2))
    (way,) = lineage(shop, path)["promotions"]
    assert (way["ballot_id"], way["proposal_id"], way["won"]) == (ballot, made["proposal_id"], True)
    assert leading_to(shop, ballot_id=ballot) == [identifier(path)]
    keep(shop, way["obligation"]["id"], verdict)
    (way,) = lineage(shop, path)["promotions"]
    assert way["obligation"]["concluded_at"] is not None
    assert way["obligation"]["kept"] is (verdict == "accepted")
    assert shop.of(path)["state"] == state


@pytest.mark.parametrize(
    ("facts", "status", "slug"),
    [
        ({"decision_type": "unheard"}, 409, "unknown-decision-type"),
        ({"decision_type": "steward_election"}, 409, "not-a-candidate"),
        ({"to": "proposal", "decision_type": "quick"}, 409, "invalid-question"),
        ({"to": "proposal", "decision_type": "amendment"}, 409, "invalid-amendment"),
        ({"idea_ids": [UNKNOWN]}, 404, "not-found"),
        ({"top": 2}, 409, "not-promotable"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_promoted(facts, status, slug, shop, units):
    ideas = [identifier(shop.idea()) for _ in range(2)]
    body = {"idea_ids": ideas, "to": "ballot", "decision_type": "product_vote"} | facts
    before = journal.everything(units)
    shop.steward.refused(status, slug, "POST", f"{shop.board}/promotions", body)
    assert journal.everything(units) == before


def test_one_idea_that_cannot_be_promoted_holds_all_of_them_back(shop, units):
    good, gone = shop.idea(), shop.idea()
    shop.members[0].ok("POST", f"{gone}/withdraw")
    body = {"idea_ids": [identifier(good), identifier(gone)], "to": "ballot", "decision_type": "product_vote"}
    before = journal.everything(units)
    problem = shop.steward.refused(409, "illegal-idea-step", "POST", f"{shop.board}/promotions", body)
    assert problem["state"] == "withdrawn"
    assert journal.everything(units) == before


def test_the_same_promotion_asked_for_twice_at_once_is_made_once(shop):
    shop.idea()
    body = {"top": 1, "to": "proposal", "decision_type": "quick"}
    call = functools.partial(shop.steward.call, "POST", f"{shop.board}/promotions", body, key="once")
    answers = [answer for answer in answers_at_once([call] * 4) if answer.status_code == 201]
    assert len({answer.data for answer in answers}) == 1
    assert len(shop.steward.ok("GET", f"{shop.board}/promotions")["items"]) == 1


def test_a_draft_that_is_deleted_leaves_a_promotion_that_came_to_nothing(shop):
    path = shop.idea()
    made = promote(shop, idea_ids=[identifier(path), identifier(shop.idea())])
    ballot = f"{shop.town.path}/ballots/{made['ballot_id']}"
    shop.owner.ok("DELETE", ballot, if_match="*")
    (way,) = lineage(shop, path)["promotions"]
    assert (way["ballot_id"], way["won"], way["obligation"]) == (None, None, None)
    promote(shop, idea_ids=[identifier(path), identifier(shop.idea())])
    assert len(lineage(shop, path)["promotions"]) == 2
