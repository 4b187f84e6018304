"""Merging: consent or a reasoned decision in time, credit and lineage that survive, support that counts once."""

from __future__ import annotations

import datetime as dt
import functools

import pytest
import sqlalchemy as sa

from app.models.ideas import Idea
from tests.api.v1.test_idea_support import recounted
from tests.support.races import answers_at_once
from tests.support.workshop import Workshop, identifier, phase

REASON = {"reason": "Both want the same."}


@pytest.fixture
def shop(portal) -> Workshop:
    return Workshop(portal, members=5)


def propose(shop: Workshop, source: str, target: str, who=None) -> str:
    """Propose a merge and return its path."""
    made = (who or shop.steward).ok("POST", f"{source}/merges", REASON | {"into": identifier(target)})
    assert made["verdict"] is None
    return f"{source}/merges/{made['id']}"


def test_authors_are_credited_and_supporters_counted_once(shop, units):
    author, other, one, both, later = shop.members
    source, target = shop.idea(author), shop.idea(other)
    shop.endorse(source, one, both)
    shop.endorse(target, both)
    author.ok("PUT", f"{source}/followers/me")
    author.ok("POST", f"{propose(shop, source, target)}/accept")

    merged, taking = shop.of(source), shop.of(target, one)
    assert (merged["state"], merged["merged_into_id"], merged["endorsement_count"]) == (
        "merged",
        identifier(target),
        2,
    )
    assert taking["endorsement_count"] == 2
    assert taking["author_ids"] == [person.memberships[shop.town.id] for person in (other, author)]
    assert taking["i_follow"]
    (carried,) = taking["my_support"]["carried"]
    assert (carried["from_idea_id"], carried["endorsed"]) == (identifier(source), True)
    assert shop.of(target, both)["my_support"]["carried"] == []
    assert [shop.of(target, person)["i_follow"] for person in (author, later)] == [True, False]
    for path in (source, target):  # nothing of it is gone
        assert one.ok("GET", f"{path}/supporters")["items"]
        assert one.ok("GET", f"{path}/texts")["items"]
    assert shop.listed()[0]["id"] == identifier(target)
    assert len(shop.listed()) == 1
    recounted(units)


def test_support_that_was_carried_can_be_taken_back_for_a_time(shop, units, clock):
    clock.stop(clock.now())
    author, other, one, two, three = shop.members
    source, target = shop.idea(author), shop.idea(other)
    shop.endorse(source, one, two, three)
    merge = f"{source}/merges/{shop.merged(source, target)['id']}"
    assert shop.of(target)["endorsement_count"] == 3

    assert one.ok("POST", f"{merge}/opt-out")["endorsement_count"] == 2
    one.refused(409, "opt-out-over", "POST", f"{merge}/opt-out")
    other.refused(409, "opt-out-over", "POST", f"{merge}/opt-out")
    shop.endorse(target, two)  # what was carried is their own from here on
    two.refused(409, "opt-out-over", "POST", f"{merge}/opt-out")
    clock.stop(clock.now() + dt.timedelta(days=7))
    three.refused(409, "opt-out-over", "POST", f"{merge}/opt-out")
    assert shop.of(target)["endorsement_count"] == 2
    recounted(units)


def test_opting_out_goes_on_after_the_phase_that_allowed_support(portal, units, clock):
    from app.domain.instants import instant  # noqa: PLC0415 - this test alone writes an instant

    clock.stop(clock.now())
    over = instant(clock.now() + dt.timedelta(hours=1))
    shop = Workshop(portal, phases=[phase(), phase("done", over, support="none")])
    source, target = shop.idea(shop.members[0]), shop.idea(shop.members[1])
    shop.endorse(source, shop.members[2])
    merge = shop.merged(source, target)["id"]
    clock.advance(dt.timedelta(hours=2))
    shop.members[2].refused(409, "phase-not-open", "DELETE", f"{target}/endorsements/me")
    shop.members[2].ok("POST", f"{source}/merges/{merge}/opt-out")
    assert shop.of(target)["endorsement_count"] == 0
    recounted(units)


def test_dots_are_carried_up_to_what_an_idea_takes_and_the_rest_is_given_back(portal, units):
    shop = Workshop(portal, members=4, phases=[phase(support="dots")], dots_per_member=10, dots_per_idea=5)
    author, other, one, two = shop.members
    source, target = shop.idea(author), shop.idea(other)
    one.ok("PUT", f"{source}/dots/me", {"dots": 4})
    one.ok("PUT", f"{target}/dots/me", {"dots": 3})
    two.ok("PUT", f"{source}/dots/me", {"dots": 5})
    other.ok("PUT", f"{target}/dots/me", {"dots": 5})
    other.ok("PUT", f"{source}/dots/me", {"dots": 1})
    merge = shop.merged(source, target)["id"]
    assert shop.of(target)["dot_count"] == 5 + 5 + 5
    assert [shop.of(shop.board, person)["dots_left"] for person in (one, two, other)] == [5, 5, 5]
    assert shop.of(target, one)["my_support"]["carried"][0]["dots"] == 2
    recounted(units)

    one.ok("POST", f"{source}/merges/{merge}/opt-out")
    two.ok("PUT", f"{target}/dots/me", {"dots": 1})
    assert [shop.of(shop.board, person)["dots_left"] for person in (one, two, other)] == [7, 9, 5]
    two.refused(409, "opt-out-over", "POST", f"{source}/merges/{merge}/opt-out")
    assert shop.of(target)["dot_count"] == 3 + 1 + 5
    recounted(units)


def test_a_merge_is_decided_without_the_author_after_the_waiting_time_alone(shop, clock):
    clock.stop(clock.now())
    source, target = shop.idea(), shop.idea()
    merge = propose(shop, source, target)
    problem = shop.steward.refused(409, "merge-not-due", "POST", f"{merge}/decide", REASON)
    clock.stop(dt.datetime.fromisoformat(problem["decidable_from"]) - dt.timedelta(milliseconds=1))
    shop.steward.refused(409, "merge-not-due", "POST", f"{merge}/decide", REASON)
    assert "decide_merge" not in shop.of(source, shop.steward)["actions"]
    clock.stop(dt.datetime.fromisoformat(problem["decidable_from"]))
    assert "decide_merge" in shop.of(source, shop.steward)["actions"]
    shop.members[0].refused(403, "forbidden", "POST", f"{merge}/decide", REASON)
    decided = shop.steward.ok("POST", f"{merge}/decide", REASON)
    assert (decided["verdict"], decided["verdict_reason"]) == ("decided", REASON["reason"])
    assert shop.of(source)["state"] == "merged"


def test_an_author_refuses_with_a_reason_and_a_proposer_takes_back(shop):
    author, other = shop.members[:2]
    source, target = shop.idea(author), shop.idea(other)
    refused = propose(shop, source, target)
    other.refused(403, "not-the-author", "POST", f"{refused}/refuse", REASON)
    author.ok("POST", f"{refused}/refuse", REASON)
    problem = author.refused(409, "merge-decided", "POST", f"{refused}/accept")
    assert problem["verdict"] == "refused"
    retracted = propose(shop, source, target, other)
    shop.steward.refused(403, "not-the-author", "POST", f"{retracted}/retract")
    other.ok("POST", f"{retracted}/retract")
    listed = author.ok("GET", f"{target}/merges")["items"]
    assert [merge["verdict"] for merge in listed] == ["retracted", "refused"]
    assert shop.of(source)["state"] == "open"


def test_no_chain_of_merges_comes_back_to_where_it_began(shop):
    author = shop.members[0]
    first, second, third = (shop.idea(author) for _ in range(3))
    back = propose(shop, second, first)
    shop.merged(first, second)
    author.refused(409, "merge-not-possible", "POST", f"{back}/accept")
    body = REASON | {"into": identifier(first)}
    author.refused(409, "merge-not-possible", "POST", f"{second}/merges", body)
    author.refused(
        409, "merge-not-possible", "POST", f"{second}/merges", REASON | {"into": identifier(second)}
    )
    shop.merged(second, third)
    author.refused(409, "merge-not-possible", "POST", f"{third}/merges", body)
    lineage = author.ok("GET", f"{first}/lineage")
    assert lineage["merged_into"] == [identifier(second), identifier(third)]
    assert author.ok("GET", f"{third}/lineage")["merged_from"] == [identifier(second)]


def test_ideas_that_are_merged_into_each_other_at_once_leave_one(shop, units):
    author, other = shop.members[:2]
    first, second = shop.idea(author), shop.idea(other)
    shop.endorse(first)
    shop.endorse(second, other)
    there, back = propose(shop, first, second), propose(shop, second, first)
    answers = answers_at_once(
        [
            functools.partial(author.call, "POST", f"{there}/accept"),
            functools.partial(other.call, "POST", f"{back}/accept"),
        ]
        + [
            functools.partial(person.call, "DELETE", f"{first}/endorsements/me")
            for person in shop.members[2:]
        ]
    )
    statuses = [answer.status_code for answer in answers]
    assert sorted(statuses[:2]) == [200, 409]
    with units.read() as session:
        assert sorted(session.scalars(sa.select(Idea.state))) == ["merged", "open"]
    recounted(units)


def test_a_member_who_supports_while_ideas_are_merged_is_counted_once(shop, units):
    author, other, *others = shop.members
    source, target = shop.idea(author), shop.idea(other)
    shop.endorse(source, *others)
    merge = propose(shop, source, target)
    calls = [functools.partial(author.call, "POST", f"{merge}/accept")]
    calls += [functools.partial(person.call, "PUT", f"{target}/endorsements/me") for person in others]
    calls += [functools.partial(person.call, "PUT", f"{source}/endorsements/me") for person in others]
    assert {answer.status_code for answer in answers_at_once(calls)} <= {200, 409, 503}
    assert shop.of(source)["state"] == "merged"
    assert shop.of(target)["endorsement_count"] == len(others)
    recounted(units)


def test_ideas_of_different_boards_are_not_merged(shop):
    elsewhere = shop.make_board()
    source, target = shop.idea(), shop.idea(board=elsewhere)
    body = REASON | {"into": identifier(target)}
    shop.members[0].refused(404, "not-found", "POST", f"{source}/merges", body)


def test_what_was_carried_on_is_taken_back_where_it_came_last(shop, units):
    author, other, third, supporter, _ = shop.members
    first, second, last = shop.idea(author), shop.idea(other), shop.idea(third)
    shop.endorse(first, supporter)
    old = shop.merged(first, second)["id"]
    new = shop.merged(second, last)["id"]
    assert shop.of(last)["endorsement_count"] == 1
    supporter.refused(409, "illegal-idea-step", "POST", f"{first}/merges/{old}/opt-out")
    assert supporter.ok("POST", f"{second}/merges/{new}/opt-out")["endorsement_count"] == 0
    credited = {person.memberships[shop.town.id] for person in (author, other, third)}
    assert set(shop.of(last)["author_ids"]) == credited
    recounted(units)
