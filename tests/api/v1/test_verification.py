"""Verified accounts: who verifies whom, and what it means for rolls."""

from __future__ import annotations

import copy
import functools
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.policies.permissions import Actor, Permission
from app.services import access
from app.services.communities import members
from tests.support import journal, tokens
from tests.support.charters import HALF, proposal, standalone, with_types
from tests.support.portal import Person, Town
from tests.support.races import answers_at_once, waits

ROOTS = {"weighting": "quadratic_token", "exclude": []}


def verified_charter():
    """Return a charter under which rolls hold verified members, and by which the roots of tokens may weigh."""
    by_roots = proposal("roots_amendment", **{"for": "amendment"}, amends=["decision_types"], **ROOTS)
    by_roots |= {"binding_level": "binding", "voting_period": "P1D"}
    vote = standalone("election", id="roots", left_open=["method", "vote_change", "early_close"], **ROOTS)
    return copy.deepcopy(with_types(vote, by_roots)) | {"verified_accounts": True}


@pytest.fixture
def town(portal) -> Town:
    return portal.town(members=3, charter=verified_charter())


def member(town: Town, person: Person) -> str:
    return f"{town.path}/members/{person.memberships[town.id]}"


def verify(town: Town, *people: Person) -> None:
    for person in people:
        town.owner.ok("PUT", f"{member(town, person)}/verification")


def test_a_verification_is_shown_with_who_made_it_and_again_changes_nothing(portal, town, units):
    steward, person = portal.join(town, "steward"), town.members[0]
    assert town.owner.ok("GET", member(town, person))["verified_at"] is None
    made = steward.ok("PUT", f"{member(town, person)}/verification")
    assert made["verified_by"] == steward.memberships[town.id]
    entries = len(journal.entries(units))
    assert town.owner.ok("PUT", f"{member(town, person)}/verification") == made
    assert person.ok("GET", f"{town.path}/members/me") == made
    assert len(journal.entries(units)) == entries
    taken = town.owner.ok("DELETE", f"{member(town, person)}/verification")
    assert (taken["verified_at"], taken["verified_by"]) == (None, None)
    town.owner.refused(404, "not-found", "DELETE", f"{member(town, person)}/verification")


def test_nobody_verifies_themselves_though_they_may_take_their_own_back(portal, town):
    steward = portal.join(town, "steward")
    steward.refused(403, "own-verification", "PUT", f"{member(town, steward)}/verification")
    verify(town, steward)
    steward.refused(403, "own-verification", "PUT", f"{member(town, steward)}/verification")
    steward.ok("DELETE", f"{member(town, steward)}/verification")


def test_another_community_s_member_is_not_found(portal, town):
    elsewhere = portal.town(members=1)
    stranger = elsewhere.members[0].memberships[elsewhere.id]
    for method in ("PUT", "DELETE"):
        town.owner.refused(404, "not-found", method, f"{town.path}/members/{stranger}/verification")
    assert elsewhere.owner.ok("GET", f"{elsewhere.path}/members/{stranger}")["verified_at"] is None


@pytest.mark.parametrize("facts", [{}, {"method": "yes_no"}])
def test_every_roll_holds_verified_members_alone(portal, town, facts):
    first, second, _ = town.members
    path = portal.ballot(town, opened=False, **facts)
    town.owner.refused(409, "empty-roll", "POST", f"{path}/open")
    verify(town, first, second)
    assert town.owner.ok("GET", f"{path}/electorate")["roll_size"] == 2
    assert town.owner.ok("POST", f"{path}/open")["roll_size"] == 2
    other = town.members[2]
    verify(town, other)
    choice = "for" if facts else ["mint"]
    other.refused(403, "not-on-roll", "PUT", f"{path}/votes/me", {"choice": choice})
    town.owner.ok("DELETE", f"{member(town, first)}/verification")
    first.ok("PUT", f"{path}/votes/me", {"choice": choice})  # what was frozen stays


def test_where_the_charter_does_not_ask_for_it_verification_makes_no_difference(portal):
    town = portal.town(members=2)
    verify(town, town.members[0])
    assert town.owner.ok("GET", portal.ballot(town))["roll_size"] == 2


def test_proposals_are_voted_on_by_verified_members_alone(town):
    first, second, _ = town.members
    verify(town, first)
    body = {"decision_type": "quick", "title": "Mint", "body": "Because."}
    path = f"{town.path}/proposals/{second.ok('POST', f'{town.path}/proposals', body)['id']}"
    second.ok("POST", f"{path}/submit")
    opened = second.ok("POST", f"{path}/open-vote")
    assert town.owner.ok("GET", f"{town.path}/ballots/{opened['ballot_id']}")["roll_size"] == 1


def test_one_holder_of_nine_weighs_three_and_nine_of_one_weigh_nine(portal):
    """Which is why the charter has to ask whether they are nine people."""
    town = portal.town(members=10, charter=verified_charter())
    whole, *parts = town.members
    for person, amount in ((whole, 9), *((part, 1) for part in parts)):
        tokens.give(town, (person, amount))
    verify(town, whole)
    facts = {"decision_type": "roots", "method": "plurality", "vote_change": False, "early_close": True}
    assert town.owner.ok("GET", portal.ballot(town, **facts))["roll_weight"] == 3
    verify(town, *parts)
    path = portal.ballot(town, **facts)
    assert town.owner.ok("GET", path)["roll_weight"] == 12
    whole.ok("PUT", f"{path}/votes/me", {"choice": "mint"})
    for part in parts:
        part.ok("PUT", f"{path}/votes/me", {"choice": "lime"})
    result = town.owner.ok("POST", f"{path}/close")
    assert result["count"]["totals"] == {"mint": "3", "lime": "9", "yuzu": "0"}


def test_roots_are_chosen_only_under_a_charter_that_verifies(portal):
    town = portal.town(members=1, charter=verified_charter())
    tokens.give(town, (town.members[0], 16))
    verify(town, town.members[0])
    path = portal.ballot(town, kind="general", method="yes_no", threshold=HALF, weighting="quadratic_token")
    assert town.owner.ok("GET", path)["roll_weight"] == 4


# --- races ------------------------------------------------------------------------------------------------------


def test_of_two_who_verify_at_once_one_is_written_down(portal, town, units):
    steward, person = portal.join(town, "steward"), town.members[0]
    path = f"{member(town, person)}/verification"
    before = len(journal.entries(units))
    answers = answers_at_once([functools.partial(who.call, "PUT", path) for who in (steward, town.owner)])
    assert [answer.status_code for answer in answers] == [200, 200]
    first, second = (answer.get_json() for answer in answers)
    assert first == second
    assert len(journal.entries(units)) == before + 1


def entered(portal, session, person, town, permission):
    identity = portal.app.extensions["althing.identity"].tokens.verify(person.token)
    actor = Actor("a-request", identity.account_id, identity.session_id)
    return access.enter(session, actor, uuid.UUID(town.id), permission)


@pytest.mark.parametrize("change", [members.verify, members.unverify])
def test_an_opening_waits_for_a_verification_under_way_and_counts_it(portal, town, units, change):
    first, second, _ = town.members
    verify(town, first, *([second] if change is members.unverify else []))
    path = portal.ballot(town, opened=False)
    with ThreadPoolExecutor(1) as pool:
        with units.write() as session:
            actor = entered(portal, session, town.owner, town, Permission.MEMBER_VERIFY)
            change(session, actor, uuid.UUID(second.memberships[town.id]))
            opening = pool.submit(town.owner.ok, "POST", f"{path}/open")
            assert waits(units, opening)
        assert opening.result()["roll_size"] == (2 if change is members.verify else 1)


def test_a_steward_whose_role_is_taken_meanwhile_verifies_nobody(portal, town, units):
    steward, person = portal.join(town, "steward"), town.members[0]
    with units.read() as session:
        actor = entered(portal, session, steward, town, Permission.MEMBER_VERIFY)
    town.owner.ok("DELETE", f"{member(town, steward)}/roles/steward")
    with pytest.raises(Exception, match="needs the permission"), units.write() as session:
        members.verify(session, actor, uuid.UUID(person.memberships[town.id]))
    assert town.owner.ok("GET", member(town, person))["verified_at"] is None
