"""What counts is the last moment before the close, and no count misses what was dated before it."""

from __future__ import annotations

import datetime as dt
import functools
import itertools
import random
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.policies.permissions import Actor, Permission
from app.services import access
from app.services.ballots import closing
from app.services.delegations import dating, giving, revoking
from tests.services.ballots.deadlines import sleep_until
from tests.support import journal
from tests.support.delegating import Assembly, totals
from tests.support.races import answers_at_once, waits

MILLISECOND = dt.timedelta(milliseconds=1)


def close_of(town: Assembly, ballot: str) -> dt.datetime:
    return dt.datetime.fromisoformat(town.owner.ok("GET", ballot)["closes_at"])


@pytest.mark.parametrize(("offset", "counts"), [(-MILLISECOND, True), (0 * MILLISECOND, False)])
def test_what_is_given_at_the_close_is_too_late(portal, clock, offset, counts):
    town = Assembly(portal, clock)
    ballot = town.ballot()
    town.votes(ballot, "b")
    clock.stop(close_of(town, ballot) + offset)
    town.gives("a", "b")
    assert totals(town.close(ballot)) == {"mint": 2 if counts else 1}


@pytest.mark.parametrize(("offset", "counts"), [(-MILLISECOND, False), (0 * MILLISECOND, True)])
@pytest.mark.parametrize("way", ["revoked", "returned", "declined", "left"])
def test_what_is_revoked_at_the_close_still_counts(portal, clock, offset, counts, way):
    town = Assembly(portal, clock)
    ballot = town.ballot()
    path = f"{town.path}/{town.gives('a', 'b')['id']}"
    town.votes(ballot, "b")
    statement = f"{town.town.path}/delegates/me"
    clock.stop(close_of(town, ballot) + offset)
    if way == "revoked":
        town["a"].ok("DELETE", path)
    elif way == "returned":
        town["b"].ok("DELETE", path)
    elif way == "declined":
        town["b"].ok("PUT", statement, {"stance": "declining"}, if_match="*")
    else:
        town["b"].ok("DELETE", f"{town.town.path}/members/me")
    assert totals(town.close(ballot)) == {"mint": 2 if counts else 1}


@pytest.mark.parametrize(("offset", "counts"), [(-MILLISECOND, False), (0 * MILLISECOND, True)])
def test_what_expires_at_the_close_still_counts(portal, clock, offset, counts):
    town = Assembly(portal, clock)
    ballot = town.ballot()
    ends = close_of(town, ballot) + offset
    town.gives("a", "b", expires_at=ends.isoformat(timespec="milliseconds"))
    town.votes(ballot, "b")
    assert totals(town.close(ballot)) == {"mint": 2 if counts else 1}


@pytest.mark.parametrize(("offset", "carrier"), [(-MILLISECOND, "c"), (0 * MILLISECOND, "b")])
def test_of_one_replaced_around_the_close_exactly_one_counts(portal, clock, offset, carrier):
    town = Assembly(portal, clock)
    ballot = town.ballot()
    town.gives("a", "b")
    town.votes(ballot, "b")
    town.votes(ballot, "c", "lime")
    clock.stop(close_of(town, ballot) + offset)
    town.gives("a", "c")
    result = town.close(ballot)
    assert totals(result) == {"mint": 1 + (carrier == "b"), "lime": 1 + (carrier == "c")}


# --- two sessions -------------------------------------------------------------------------------------


def actor_of(town: Assembly, name: str) -> Actor:
    tokens = town.portal.app.extensions["althing.identity"].tokens
    identity = tokens.verify(town[name].token)
    return Actor("a-request", identity.account_id, identity.session_id)


def inside(session, town: Assembly, name: str, permission: Permission = Permission.DELEGATION_GIVE) -> Actor:
    return access.enter(session, actor_of(town, name), uuid.UUID(town.town.id), permission)


def to(town: Assembly, name: str) -> giving.Wanted:
    return giving.Wanted(uuid.UUID(town.id_of(name)), giving.DelegationScope.COMMUNITY)


@pytest.mark.parametrize("what", ["given", "revoked"])
@pytest.mark.parametrize("stored", [True, False])
def test_a_count_waits_for_what_was_dated_before_the_close_and_is_stored_after_it(
    portal, clock, units, what, stored
):
    """Whoever gave or revoked in time and commits late is in the count; whoever fails in the end is not."""
    town = Assembly(portal, clock)
    ballot = town.ballot()
    town.votes(ballot, "b")
    before = None if what == "given" else uuid.UUID(town.gives("a", "b")["id"])
    close = close_of(town, ballot)
    clock.stop(close - MILLISECOND)
    with ThreadPoolExecutor(1) as threads:
        with units.write() as session:
            actor = inside(session, town, "a")
            if before is None:
                giving.give(session, actor, to(town, "b"))
            else:
                revoking.revoke(session, actor, before)
            if units.engine.dialect.name == "postgresql":
                clock.stop(close)  # on SQLite nobody could write the clock's time, or count, meanwhile
                counting = threads.submit(town.owner.ok, "GET", f"{ballot}/result")
                assert waits(units, counting)
            if not stored:
                session.rollback()
        if units.engine.dialect.name == "sqlite":
            clock.stop(close)
            counting = threads.submit(town.owner.ok, "GET", f"{ballot}/result")
        result = counting.result(timeout=30)
    holds = stored is (what == "given")
    assert totals(result) == {"mint": 2 if holds else 1}


def test_whoever_dates_after_the_count_waited_is_dated_after_the_close(portal, clock, units):
    """The lock is given back at once: a long count holds up nobody who delegates."""
    town = Assembly(portal, clock)
    community = uuid.UUID(town.town.id)
    with units.write() as counting:
        dating.wait_for_earlier(counting, community)
        if units.engine.dialect.name == "postgresql":
            with units.write() as giver:
                assert dating.dated_now(giver, community) is not None


def test_two_closers_make_one_count_with_one_evidence(portal, clock):
    town = Assembly(portal, clock)
    for _ in range(5):
        ballot = town.ballot()
        town.gives("a", "b")
        town.votes(ballot, "b")
        clock.advance_to(close_of(town, ballot))
        ask = functools.partial(town.owner.call, "GET", f"{ballot}/result")
        own = functools.partial(town["a"].call, "GET", f"{ballot}/delegations/me")
        evidence = functools.partial(town.owner.call, "GET", f"{ballot}/delegations")
        answers = answers_at_once([ask, own, evidence, ask])
        assert {answer.status_code for answer in answers} == {200}, [answer.text for answer in answers]
        assert answers[0].get_json() == answers[3].get_json()
        assert totals(answers[0].get_json()) == {"mint": 2}


def test_a_count_that_is_cut_off_leaves_nothing_and_is_made_again(portal, clock, units, monkeypatch):
    town = Assembly(portal, clock)
    ballot = town.ballot()
    town.gives("a", "b")
    town.votes(ballot, "b")
    clock.advance_to(close_of(town, ballot))
    before = journal.everything(units)
    service = Actor("service", community_id=uuid.UUID(town.town.id))

    def cut(*_args: object, **_options: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(closing, "record", cut)
        with pytest.raises(KeyboardInterrupt), units.write() as session:
            closing.certify_due(session, service, uuid.UUID(ballot.rpartition("/")[2]))
    assert journal.everything(units) == before
    assert totals(town.owner.ok("GET", f"{ballot}/result")) == {"mint": 2}


# --- races --------------------------------------------------------------------------------------------


def test_of_delegations_given_at_once_for_the_same_one_stands(portal, units):
    town = Assembly(portal)
    calls = [
        functools.partial(town["a"].call, "POST", town.path, town.wanted(name))
        for name in ("b", "c", "d", "b", "c", "d")
    ]
    answers = answers_at_once(calls)
    assert {answer.status_code for answer in answers} <= {200, 201}, [answer.text for answer in answers]
    found = town["a"].ok("GET", f"{town.path}?limit=100")["items"]
    assert len([one for one in found if one["state"] == "in_force"]) == 1
    assert len({answer.get_json()["id"] for answer in answers}) == len(found)
    by_time = sorted(found, key=lambda one: one["given_at"])
    for older, newer in itertools.pairwise(by_time):
        assert (older["revoked_because"], older["revoked_at"]) == ("replaced", newer["given_at"])
    actions = [entry.said["action"] for entry in journal.entries(units)]
    assert actions.count("delegation.given") == len(found)
    assert actions.count("delegation.revoked") == len(found) - 1


@pytest.mark.parametrize("end", ["left", "declined"])
def test_nobody_stays_delegated_to_whoever_leaves_or_declines_meanwhile(portal, end):
    """Whichever comes first: a delegation is refused, or it is ended with all the others."""
    town = Assembly(portal, members=6)
    statement = f"{town.town.path}/delegates/me"
    calls = [functools.partial(town[name].call, "POST", town.path, town.wanted("f")) for name in "abcde"]
    if end == "left":
        ending = functools.partial(town["f"].call, "DELETE", f"{town.town.path}/members/me")
    else:
        ending = functools.partial(town["f"].call, "PUT", statement, {"stance": "declining"}, if_match="*")
    answers = answers_at_once([*calls[:3], ending, *calls[3:]])
    assert answers[3].status_code < 300
    assert {answer.status_code for answer in answers} <= {200, 201, 204, 409}
    for name in "abcde":
        assert town[name].ok("GET", f"{town.path}?state=in_force")["items"] == []


def test_delegations_in_both_directions_at_once_do_not_wait_for_each_other_for_ever(portal):
    town = Assembly(portal)
    for _ in range(5):
        calls = [
            functools.partial(town[one].call, "POST", town.path, town.wanted(other))
            for one, other in itertools.permutations("abc", 2)
        ]
        assert {answer.status_code for answer in answers_at_once(calls)} <= {200, 201}


def test_a_vote_a_revocation_and_the_close_at_once_count_each_weight_once_or_not_at_all(portal):
    """Around a real deadline, each told when it took effect: the count is what these instants make of it."""
    town = Assembly(portal)
    dice = random.Random(3)
    seen = set()
    lead = 60.0  # milliseconds, found by trying: a busy machine answers later
    for number in range(40):
        if number >= 10 and len(seen) > 2:
            break
        given = town.gives("a", "b")
        ballot = town.ballot(voting_period="PT1S")
        town.votes(ballot, "b")
        closes_at = close_of(town, ballot)

        def near(call, at=closes_at, lead=lead):
            sleep_until(at + dt.timedelta(milliseconds=dice.uniform(-lead, 10)))
            return call()

        def close(path=ballot):
            while (answer := town.owner.call("GET", f"{path}/result")).status_code == 409:
                pass
            return answer

        vote = functools.partial(town["a"].call, "PUT", f"{ballot}/votes/me", {"choice": "lime"})
        revoke = functools.partial(town["a"].call, "DELETE", f"{town.path}/{given['id']}")
        act = revoke if number % 2 else vote
        acted, first, second = answers_at_once(
            [functools.partial(near, each) for each in (act, close, close)]
        )
        assert first.get_json() == second.get_json()
        voted = act is vote and acted.status_code == 201
        revoked = act is revoke and dt.datetime.fromisoformat(acted.get_json()["revoked_at"]) < closes_at
        expected = {"mint": 1, "lime": 1} if voted else {"mint": 1 if revoked else 2}
        assert totals(first.get_json()) == expected, number
        seen.add((act is vote, voted, revoked))
        lead = lead / 1.5 if voted or revoked else lead * 1.5 + 10
    assert len(seen) > 2, "the race was never close"
