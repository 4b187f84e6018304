"""Endorsements, dots and opinions: counted exactly, however many come at once."""

from __future__ import annotations

import functools
import random

import pytest
import sqlalchemy as sa

from app.domain.boards.ranking import rising_key
from app.models.boards import DotBudget
from app.models.ideas import Idea, IdeaOpinion, IdeaSupport
from tests.support import journal
from tests.support.races import answers_at_once
from tests.support.workshop import Workshop, phase


def recounted(units) -> None:
    """Ask that every counter, ranking key and budget is what its rows come to."""
    with units.read() as session:
        for idea in session.scalars(sa.select(Idea)):
            given = session.scalars(sa.select(IdeaSupport).where(IdeaSupport.idea_id == idea.id)).all()
            assert idea.endorsement_count == sum(each.endorsed for each in given)
            assert idea.dot_count == sum(each.dots for each in given)
            said = session.scalars(sa.select(IdeaOpinion.opinion).where(IdeaOpinion.idea_id == idea.id)).all()
            counts = (idea.agree_count, idea.disagree_count, idea.pass_count)
            assert counts == tuple(said.count(each) for each in ("agree", "disagree", "pass"))
            if idea.posted_at is not None:
                assert idea.rising_key == rising_key(idea.posted_at, idea.endorsement_count + idea.dot_count)
        for budget in session.scalars(sa.select(DotBudget)):
            spent = session.scalar(
                sa.select(sa.func.coalesce(sa.func.sum(IdeaSupport.dots), 0))
                .join(Idea, Idea.id == IdeaSupport.idea_id)
                .where(
                    IdeaSupport.membership_id == budget.membership_id,
                    IdeaSupport.board_id == budget.board_id,
                    Idea.state != "merged",
                )
            )
            assert 0 <= budget.spent == spent <= budget.budget


def test_one_endorsement_a_member_whatever_comes_at_once(portal, units):
    shop = Workshop(portal, members=6)
    path = shop.idea()
    calls = [
        functools.partial(person.call, "PUT", f"{path}/endorsements/me")
        for person in shop.members
        for _ in range(3)
    ]
    random.Random(7).shuffle(calls)
    statuses = {answer.status_code for answer in answers_at_once(calls)}
    assert statuses <= {200, 503}
    shop.endorse(path)
    assert shop.of(path)["endorsement_count"] == 6
    recounted(units)
    actions = [entry.said["action"] for entry in journal.entries(units)]
    assert actions.count("idea.supported") == 6


def test_giving_and_taking_back_at_once_leaves_counters_that_are_the_rows_own(portal, units):
    shop = Workshop(portal, members=4)
    path = shop.idea()
    dice = random.Random(11)
    calls = [
        functools.partial(person.call, dice.choice(["PUT", "DELETE"]), f"{path}/endorsements/me")
        for person in shop.members
        for _ in range(5)
    ]
    assert {answer.status_code for answer in answers_at_once(calls)} <= {200, 503}
    recounted(units)


def test_dots_are_never_exceeded_however_many_ideas_they_go_to_at_once(portal, units):
    shop = Workshop(portal, phases=[phase(support="dots")], dots_per_member=10, dots_per_idea=5)
    ideas = [shop.idea() for _ in range(8)]
    giver = shop.members[1]
    answers = answers_at_once(
        [functools.partial(giver.call, "PUT", f"{path}/dots/me", {"dots": 4}) for path in ideas]
    )
    statuses = [answer.status_code for answer in answers]
    assert set(statuses) <= {200, 409, 503}
    assert statuses.count(200) <= 2
    for path in ideas:  # whoever was told to come again does
        giver.call("PUT", f"{path}/dots/me", {"dots": 4})
    recounted(units)
    assert sum(shop.of(path)["dot_count"] for path in ideas) == 8
    assert shop.of(shop.board, giver)["dots_left"] == 2
    for refused in (answer for answer in answers if answer.status_code == 409):
        problem = refused.get_json()
        assert problem["type"] == "/problems/dots-exceeded"
        assert problem["left"] < 4


def test_dots_are_split_at_will_up_to_the_most_an_idea_takes(portal, units):
    shop = Workshop(portal, phases=[phase(support="dots")], dots_per_member=10, dots_per_idea=5)
    first, second, third = (shop.idea() for _ in range(3))
    giver = shop.members[1]
    giver.ok("PUT", f"{first}/dots/me", {"dots": 5})
    problem = giver.refused(409, "dots-exceeded", "PUT", f"{second}/dots/me", {"dots": 6})
    assert (problem["left"], problem["most"]) == (5, 5)
    giver.ok("PUT", f"{second}/dots/me", {"dots": 4})
    giver.refused(409, "dots-exceeded", "PUT", f"{third}/dots/me", {"dots": 2})
    giver.ok("PUT", f"{first}/dots/me", {"dots": 4})
    giver.ok("PUT", f"{third}/dots/me", {"dots": 2})
    assert shop.of(shop.board, giver)["dots_left"] == 0
    giver.ok("PUT", f"{second}/dots/me", {"dots": 0})
    assert shop.of(second, giver)["my_support"] == {
        "endorsed": False,
        "dots": 0,
        "text_number": None,
        "carried": [],
    }
    assert shop.of(shop.board, giver)["dots_left"] == 4
    assert shop.of(shop.board, shop.members[0])["dots_left"] == 10
    assert shop.of(shop.board, shop.owner)["dots_left"] is None
    recounted(units)


def test_dots_on_what_is_over_can_be_taken_back(portal, units):
    shop = Workshop(portal, phases=[phase(support="dots")])
    withdrawn, declined = shop.idea(), shop.idea()
    giver = shop.members[1]
    for path in (withdrawn, declined):
        giver.ok("PUT", f"{path}/dots/me", {"dots": 5})
    shop.members[0].ok("POST", f"{withdrawn}/withdraw")
    shop.steward.ok("POST", f"{declined}/answers", {"state": "declined", "reason": "No."})
    giver.refused(409, "illegal-idea-step", "PUT", f"{withdrawn}/dots/me", {"dots": 4})
    for path in (withdrawn, declined):
        assert "unsupport" in shop.of(path, giver)["actions"]
        giver.ok("PUT", f"{path}/dots/me", {"dots": 0})
    assert shop.of(shop.board, giver)["dots_left"] == 10
    recounted(units)


def test_the_database_itself_refuses_to_exceed_a_budget(portal, units):
    shop = Workshop(portal, phases=[phase(support="dots")])
    shop.members[0].ok("PUT", f"{shop.idea()}/dots/me", {"dots": 1})
    for spent in ("budget + 1", "-1"):
        with pytest.raises(sa.exc.IntegrityError), units.write() as session:
            session.execute(sa.text(f"UPDATE dot_budgets SET spent = {spent}"))


def test_endorsements_and_dots_of_one_member_stand_side_by_side(portal, units, clock):
    clock.stop(clock.now())
    from app.domain.instants import instant  # noqa: PLC0415 - this test alone writes an instant

    soon = instant(clock.now().replace(year=clock.now().year + 1))
    shop = Workshop(portal, phases=[phase(), phase("shortlisting", soon, support="dots")])
    path = shop.idea()
    giver = shop.members[1]
    shop.endorse(path, giver)
    clock.stop(clock.now().replace(year=clock.now().year + 1))
    giver.ok("PUT", f"{path}/dots/me", {"dots": 3})
    giver.ok("PUT", f"{path}/dots/me", {"dots": 0})
    idea = shop.of(path, giver)
    assert (idea["endorsement_count"], idea["dot_count"], idea["my_support"]["endorsed"]) == (1, 0, True)
    recounted(units)


def test_one_opinion_a_member_the_last_one_counts(portal, units):
    shop = Workshop(portal, members=5)
    path = shop.idea()
    dice = random.Random(3)
    calls = [
        functools.partial(
            person.call, "PUT", f"{path}/opinions/me", {"opinion": dice.choice(["agree", "disagree", "pass"])}
        )
        for person in shop.members
        for _ in range(4)
    ]
    assert {answer.status_code for answer in answers_at_once(calls)} <= {200, 503}
    for person in shop.members:
        person.ok("PUT", f"{path}/opinions/me", {"opinion": "agree"})
    shop.members[0].ok("PUT", f"{path}/opinions/me", {"opinion": "pass"})
    shop.members[1].ok("DELETE", f"{path}/opinions/me")
    idea = shop.of(path)
    assert (idea["agree_count"], idea["disagree_count"], idea["pass_count"]) == (3, 0, 1)
    assert idea["my_opinion"] == "pass"
    recounted(units)


def test_nobody_else_reads_an_opinion(portal):
    shop = Workshop(portal)
    path = shop.idea()
    shop.members[1].ok("PUT", f"{path}/opinions/me", {"opinion": "disagree"})
    member = shop.members[1].memberships[shop.town.id]
    for reader in (shop.members[0], shop.steward, shop.owner):
        for below in ("", "/supporters", "/lineage"):
            told = reader.call("GET", path + below).text
            assert member not in told
