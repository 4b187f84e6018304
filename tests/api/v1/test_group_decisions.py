"""Proposals and ballots of groups: whose rolls they have, who opens them, and what no group decides."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.support.groups import Circle
from tests.support.portal import UNKNOWN
from tests.support.races import at_once
from tests.support.workshop import Workshop


@pytest.fixture
def circle(portal):
    return Circle(portal)


def test_the_roll_of_a_group_s_ballot_is_the_group(circle):
    ballot = circle.ballot()
    found = circle.out.ok("GET", ballot)
    assert (found["group_id"], found["roll_size"], found["roll_weight"]) == (circle.id, 3, 3)
    for person in circle.inside:
        person.ok("PUT", f"{ballot}/votes/me", {"choice": "mint"})
    for person in (circle.out, circle.far):
        person.refused(403, "not-on-roll", "PUT", f"{ballot}/votes/me", {"choice": "lime"})
    manifest = circle.out.ok("GET", f"{ballot}/manifest")
    assert (manifest["group"], manifest["roll"]["size"]) == (circle.id, 3)


def test_whoever_joins_later_does_not_vote_and_whoever_leaves_does(circle):
    ballot = circle.ballot()
    circle.out.ok("PUT", f"{circle.path}/members/me")
    circle.out.refused(403, "not-on-roll", "PUT", f"{ballot}/votes/me", {"choice": "lime"})
    circle.ann.ok("DELETE", f"{circle.path}/members/me")
    circle.head.ok("DELETE", circle.member(circle.ben))
    for person in (circle.ann, circle.ben):
        person.ok("PUT", f"{ballot}/votes/me", {"choice": "mint"})


def test_neither_a_request_nor_an_invitation_is_a_vote(portal):
    circle = Circle(portal, joining="approval")
    circle.out.ok("PUT", f"{circle.path}/members/me")
    circle.head.ok("PUT", circle.member(circle.far))
    assert circle.head.ok("GET", circle.ballot())["roll_size"] == 3


def test_a_quorum_is_of_the_group(portal, clock):
    circle = Circle(portal, clock)
    quorum = {"base": "participants", "ratio": "1/3"}
    ballot = circle.ballot(quorum=quorum)
    circle.ann.ok("PUT", f"{ballot}/votes/me", {"choice": "mint"})
    clock.advance(dt.timedelta(hours=2))
    result = circle.out.ok("GET", f"{ballot}/result")
    assert (result["outcome"], result["turnout"]["voters"]) == ("decided", 1)


def test_the_preview_of_a_draft_weighs_the_group(circle):
    draft = circle.drafted()
    assert circle.head.ok("GET", f"{draft}/electorate")["roll_size"] == 3
    circle.ann.refused(403, "forbidden", "GET", f"{draft}/electorate")


def test_drafts_are_the_group_s_stewards_business(circle):
    draft = circle.drafted()
    for person in (circle.ann, circle.out):
        person.refused(404, "not-found", "GET", draft)
    circle.steward.ok("GET", draft)
    circle.head.ok("PATCH", draft, {"title": "Which of these?"}, if_match="*")
    circle.head.ok("DELETE", draft, if_match="*")


def test_who_opens_is_in_the_group_or_holds_an_office_in_the_community(circle):
    body = {
        "decision_type": "general",
        "title": "Which?",
        "group_id": circle.id,
        "method": "plurality",
        "voting_period": "PT1H",
        "options": [{"title": "Mint"}, {"title": "Lime"}],
    }
    path = f"{circle.town.path}/ballots"
    circle.out.refused(403, "forbidden", "POST", path, body)
    circle.ann.refused(403, "forbidden", "POST", path, body)
    for person in (circle.head, circle.steward, circle.owner):
        person.ok("POST", path, body)
    circle.steward.refused(404, "not-found", "POST", path, body | {"group_id": UNKNOWN})


def test_what_the_charter_does_not_leave_to_groups_no_group_decides(circle):
    """No amendment, no election into a role of the community, and nothing that binds unless the charter says so."""
    ballots, proposals = f"{circle.town.path}/ballots", f"{circle.town.path}/proposals"
    facts = {"title": "Ours", "group_id": circle.id}
    for decision_type in ("product_vote", "binding_vote", "steward_election"):
        body = facts | {"decision_type": decision_type}
        circle.steward.refused(409, "not-for-groups", "POST", ballots, body)
    for decision_type in ("amendment", "binding_decision", "joint_decision"):
        circle.ann.refused(409, "not-for-groups", "POST", proposals, facts | {"decision_type": decision_type})
    draft = circle.drafted()
    changes = {"decision_type": "product_vote"}
    circle.steward.refused(409, "not-for-groups", "PATCH", draft, changes, if_match="*")


def test_a_group_s_ballots_and_proposals_are_listed_by_group(circle):
    mine, proposal = circle.ballot(), circle.proposal()
    circle.portal.ballot(circle.town)
    for path, wanted in ((f"{circle.town.path}/ballots", mine), (f"{circle.town.path}/proposals", proposal)):
        found = circle.out.ok("GET", f"{path}?group_id={circle.id}")["items"]
        assert [each["id"] for each in found] == [wanted.rsplit("/", 1)[1]]


def test_a_group_s_proposal_is_raised_sponsored_and_voted_on_in_the_group(portal, clock):
    circle = Circle(portal, clock)
    body = {"decision_type": "seconded", "title": "A press", "group_id": circle.id}
    circle.out.refused(403, "not-in-group", "POST", f"{circle.town.path}/proposals", body)
    path = circle.proposal(decision_type="seconded")
    assert circle.out.ok("GET", path)["actions"] == []
    circle.out.refused(403, "not-in-group", "PUT", f"{path}/sponsors/me")
    suggestion = {"title": "Better", "body": "So.", "reason": "So."}
    circle.ben.ok("PUT", f"{path}/sponsors/me")
    circle.out.refused(403, "not-in-group", "POST", f"{path}/suggestions", suggestion)
    circle.out.refused(403, "not-in-group", "POST", f"{path}/open-vote")
    opened = circle.head.ok("POST", f"{path}/open-vote")
    ballot = f"{circle.town.path}/ballots/{opened['ballot_id']}"
    assert circle.out.ok("GET", ballot)["group_id"] == circle.id
    circle.far.refused(403, "not-on-roll", "PUT", f"{ballot}/votes/me", {"choice": "against"})
    circle.ben.ok("PUT", f"{ballot}/votes/me", {"choice": "for"})
    clock.advance(dt.timedelta(hours=2))
    assert circle.out.ok("GET", path)["outcome"] == "passed"


def test_a_veto_of_what_a_group_decided_is_overridden_by_the_group(portal, clock):
    circle = Circle(portal, clock)
    path = circle.proposal(decision_type="joint")
    ballot = circle.head.ok("POST", f"{path}/open-vote")["ballot_id"]
    for person in circle.inside:
        person.ok("PUT", f"{circle.town.path}/ballots/{ballot}/votes/me", {"choice": "for"})
    clock.advance(dt.timedelta(minutes=61))
    circle.owner.ok("POST", f"{path}/veto", {"ground": "unaffordable", "reason": "Too dear."})
    clock.advance(dt.timedelta(minutes=31))
    # Archiving the group does not keep the veto from being overridden.
    circle.head.ok("POST", f"{circle.path}/archive", {"reason": "Done."})
    circle.out.refused(403, "not-in-group", "POST", f"{path}/override")
    called = circle.ann.ok("POST", f"{path}/override")
    override = circle.out.ok("GET", f"{circle.town.path}/ballots/{called['override_ballot_id']}")
    assert (override["kind"], override["roll_size"]) == ("override", 3)


def test_what_is_promoted_from_a_group_s_board_is_the_group_s_to_decide(circle):
    board = circle.board()
    ideas = [circle.idea(board, title=title) for title in ("Glass", "Tin")]
    ids = [idea.rsplit("/", 1)[1] for idea in ideas]
    promotion = {"idea_ids": ids, "to": "ballot", "decision_type": "general"}
    circle.ann.refused(403, "forbidden", "POST", f"{board}/promotions", promotion)
    outside = promotion | {"decision_type": "product_vote"}
    circle.head.refused(409, "not-for-groups", "POST", f"{board}/promotions", outside)
    made = circle.head.ok("POST", f"{board}/promotions", promotion)
    ballot = f"{circle.town.path}/ballots/{made['ballot_id']}"
    assert circle.head.ok("GET", ballot)["group_id"] == circle.id
    single = {"idea_ids": ids[:1], "to": "proposal", "decision_type": "quick"}
    made = circle.head.ok("POST", f"{board}/promotions", single)
    proposal = circle.head.ok("GET", f"{circle.town.path}/proposals/{made['proposal_id']}")
    assert proposal["group_id"] == circle.id


# --- the way back -------------------------------------------------------------------------------------


def test_ballots_and_proposals_name_the_ideas_they_came_from(circle):
    shown, hidden = circle.board(), circle.board(visibility="group")
    for board, seen in ((shown, True), (hidden, False)):
        ideas = [circle.idea(board, title=title).rsplit("/", 1)[1] for title in ("Glass", "Tin")]
        promotion = {"idea_ids": ideas, "to": "ballot", "decision_type": "general"}
        made = circle.head.ok("POST", f"{board}/promotions", promotion)
        path = f"{circle.town.path}/ballots/{made['ballot_id']}"
        circle.head.ok("PATCH", path, {"method": "plurality", "voting_period": "PT1H"}, if_match="*")
        circle.head.ok("POST", f"{path}/open")
        behind = [
            {"idea_id": idea, "board_id": board.rsplit("/", 1)[1], "option_id": f"o{place}"}
            for place, idea in enumerate(ideas, 1)
        ]
        assert circle.ann.ok("GET", path)["ideas"] == behind
        assert circle.out.ok("GET", path)["ideas"] == (behind if seen else [])


def test_the_chain_from_idea_to_obligation_is_walked_both_ways(portal, clock):
    shop = Workshop(portal)
    town, (author, *others) = shop.town, shop.members
    idea = shop.idea().rsplit("/", 1)[1]
    promotion = {"idea_ids": [idea], "to": "proposal", "decision_type": "petition"}
    made = shop.steward.ok("POST", f"{shop.board}/promotions", promotion)
    proposal = f"{town.path}/proposals/{made['proposal_id']}"
    shop.steward.ok("POST", f"{proposal}/submit")
    for person in others:
        person.ok("PUT", f"{proposal}/sponsors/me")
    clock.advance(dt.timedelta(hours=3))
    ballot = f"{town.path}/ballots/{author.ok('POST', f'{proposal}/open-vote')['ballot_id']}"
    for person in shop.members:
        person.ok("PUT", f"{ballot}/votes/me", {"choice": "for"})
    clock.advance(dt.timedelta(hours=2))
    (owed,) = author.ok("GET", f"{town.path}/obligations")["items"]
    obligation = f"{town.path}/obligations/{owed['id']}"
    behind = [{"idea_id": idea, "board_id": shop.board.rsplit("/", 1)[1], "option_id": None}]
    for path in (proposal, ballot, obligation):
        assert author.ok("GET", path)["ideas"] == behind
    assert owed["ideas"] == author.ok("GET", f"{town.path}/proposals")["items"][0]["ideas"] == behind
    (way,) = author.ok("GET", f"{town.path}/ideas/{idea}/lineage")["promotions"]
    assert (way["proposal_id"], way["ballot_id"], way["obligation"]["id"]) == (
        owed["proposal_id"],
        owed["ballot_id"],
        owed["id"],
    )


# --- races --------------------------------------------------------------------------------------------


def test_whoever_leaves_as_a_ballot_opens_is_on_its_roll_or_not_and_the_figures_agree(circle):
    draft = circle.drafted()
    calls = [
        lambda: circle.head.call("POST", f"{draft}/open"),
        lambda: circle.ann.call("DELETE", f"{circle.path}/members/me"),
        lambda: circle.out.call("PUT", f"{circle.path}/members/me"),
    ]
    assert at_once(calls) == [200] * 3
    size = circle.head.ok("GET", draft)["roll_size"]
    voted = [
        person.call("PUT", f"{draft}/votes/me", {"choice": "mint"}).status_code
        for person in (*circle.inside, circle.out)
    ]
    assert set(voted) <= {200, 201, 403}
    assert size == len([status for status in voted if status != 403])


def test_a_ballot_that_opens_as_its_group_is_archived_does_so_before_or_not_at_all(circle):
    draft = circle.drafted()
    calls = [
        lambda: circle.head.call("POST", f"{draft}/open"),
        lambda: circle.steward.call("POST", f"{circle.path}/archive", {"reason": "Done."}),
    ]
    opened, archived = at_once(calls)
    assert archived == 200
    assert opened in {200, 409}
    assert circle.steward.ok("GET", draft)["state"] == ("open" if opened == 200 else "draft")
