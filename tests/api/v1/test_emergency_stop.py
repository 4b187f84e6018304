"""The emergency stop: public, on listed grounds, once a ballot; it lapses by itself and gives the time back."""

from __future__ import annotations

import datetime as dt
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from app.models.ballots import Ballot
from app.policies.permissions import Actor, Permission
from app.services import access
from app.services.ballots import casting, drafts, suspension
from tests.support.charters import wide_charter
from tests.support.races import waits

HOUR = dt.timedelta(hours=1)
STOP = {"ground": "defect", "reason": "Two options have each other's description."}
PERIOD = dt.timedelta(days=3)


def units(portal):
    return portal.app.extensions["althing.units"]


def at(text):
    return dt.datetime.fromisoformat(text)


@pytest.fixture
def town(portal):
    return portal.town(members=2)


def vote(person, path, choice="mint"):
    return person.call("PUT", f"{path}/votes/me", {"choice": [choice]})


def test_while_it_lasts_nobody_votes_and_everybody_sees_why(portal, town, clock):
    path = portal.ballot(town)
    closes_at = at(town.owner.ok("GET", path)["closes_at"])
    now = clock.stop()
    town.owner.ok("POST", f"{path}/suspend", STOP)
    shown = town.members[0].ok("GET", path)
    assert (shown["state"], shown["suspended"]) == ("open", True)
    assert shown["suspension"]["reason"] == STOP["reason"]
    assert (shown["suspension"]["ground"], shown["suspension"]["role"]) == ("defect", "brand_owner")
    assert at(shown["suspension"]["until_at"]) - at(shown["suspension"]["suspended_at"]) == PERIOD
    assert abs(at(shown["suspension"]["suspended_at"]) - now) < dt.timedelta(milliseconds=1)
    assert at(shown["closes_at"]) == closes_at + PERIOD
    problem = town.members[0].refused(
        409, "ballot-suspended", "PUT", f"{path}/votes/me", {"choice": ["mint"]}
    )
    assert problem["until_at"] == shown["suspension"]["until_at"]


def test_it_lapses_by_itself_at_its_instant(portal, town, clock):
    path = portal.ballot(town)
    town.owner.ok("POST", f"{path}/suspend", STOP)
    until = at(town.owner.ok("GET", path)["suspension"]["until_at"])
    clock.stop(until - dt.timedelta(milliseconds=1))
    tag = town.owner.call("GET", path).headers["ETag"]
    assert vote(town.members[0], path).status_code == 409
    clock.stop(until)
    after = town.owner.call("GET", path)
    assert after.get_json()["suspended"] is False
    assert after.headers["ETag"] != tag
    assert vote(town.members[0], path).status_code == 201


def test_once_it_is_over_votes_take_the_fast_path(portal, town, clock, monkeypatch):
    path = portal.ballot(town)
    town.owner.ok("POST", f"{path}/suspend", STOP)
    clock.advance(PERIOD)
    monkeypatch.setattr(casting, "cast", lambda *_, **__: pytest.fail("not on the fast path"))
    assert vote(town.members[0], path).status_code == 201


def test_whoever_ends_it_early_takes_the_unused_time_back(portal, town, clock):
    path = portal.ballot(town)
    closes_at = at(town.owner.ok("GET", path)["closes_at"])
    start = clock.stop()
    town.owner.ok("POST", f"{path}/suspend", STOP)
    clock.stop(start + 5 * HOUR)
    resumed = town.owner.ok("POST", f"{path}/resume")
    assert resumed["suspended"] is False
    assert at(resumed["closes_at"]) == closes_at + 5 * HOUR
    assert at(resumed["suspension"]["until_at"]) - at(resumed["suspension"]["suspended_at"]) == 5 * HOUR
    assert vote(town.members[0], path).status_code == 201
    town.owner.refused(409, "suspension-not-possible", "POST", f"{path}/resume")


def test_nothing_is_suspended_twice(portal, town, clock):
    path = portal.ballot(town, voting_period="P30D")
    town.owner.ok("POST", f"{path}/suspend", STOP)
    town.owner.refused(409, "suspension-not-possible", "POST", f"{path}/suspend", STOP)
    clock.advance(PERIOD)
    town.owner.refused(409, "suspension-not-possible", "POST", f"{path}/suspend", STOP)
    town.owner.refused(409, "suspension-not-possible", "POST", f"{path}/resume")


@pytest.mark.parametrize("standing", ["draft", "scheduled", "closed"])
def test_only_voting_that_runs_is_suspended(portal, town, clock, standing):
    facts = {"opens_at": "2999-01-01T00:00:00Z"} if standing == "scheduled" else {}
    path = portal.ballot(town, opened=standing != "draft", **facts)
    if standing == "closed":
        clock.advance(dt.timedelta(days=1))
    problem = town.owner.refused(409, "suspension-not-possible", "POST", f"{path}/suspend", STOP)
    assert standing in problem["detail"]


@pytest.mark.parametrize("stop", ["another ground", "no emergency stop"])
def test_a_ground_that_the_charter_does_not_list_suspends_nothing(portal, stop):
    parts = {"emergency_stop": None} if stop == "no emergency stop" else {}
    town = portal.town(members=1, charter=wide_charter(**parts))
    path = portal.ballot(town)
    body = STOP | ({"ground": "bad_weather"} if stop == "another ground" else {})
    problem = town.owner.refused(409, "ground-not-listed", "POST", f"{path}/suspend", body)
    assert problem["errors"][0]["pointer"] == "#/ground"
    assert ("manipulation, defect, danger" in problem["detail"]) == (stop == "another ground")


def test_members_suspend_nothing(portal, town):
    path = portal.ballot(town)
    town.members[0].refused(403, "forbidden", "POST", f"{path}/suspend", STOP)
    town.owner.ok("POST", f"{path}/suspend", STOP)
    town.members[0].refused(403, "forbidden", "POST", f"{path}/resume")


def test_nobody_closes_a_ballot_early_while_it_is_suspended(portal, town):
    path = portal.ballot(town, vote_change=False, early_close=True)
    for member in town.members:
        assert vote(member, path).status_code == 201
    town.owner.ok("POST", f"{path}/suspend", STOP)
    town.owner.refused(409, "ballot-suspended", "POST", f"{path}/close")
    town.owner.ok("POST", f"{path}/resume")
    town.owner.ok("POST", f"{path}/close")


def test_the_log_says_who_stopped_it_and_why(portal, town):
    path = portal.ballot(town)
    steward = portal.join(town, "steward")
    steward.ok("POST", f"{path}/suspend", STOP)
    steward.ok("POST", f"{path}/resume")
    auditor = portal.join(town, "auditor")
    entries = auditor.ok("GET", f"{town.path}/audit-entries?limit=100")["items"]
    said = [e for e in entries if '"ballot.suspended"' in e["body"] or '"ballot.resumed"' in e["body"]]
    reference = steward.ok("GET", f"{town.path}/members/me")["reference"]
    assert len(said) == 2
    assert all(reference in entry["body"] and '"role":"steward"' in entry["body"] for entry in said)
    assert said[0]["content"]["reason"] == STOP["reason"]
    assert said[1]["content"] == {"closes_at": town.owner.ok("GET", path)["closes_at"]}


class Hands:
    """Unfinished work on a ballot, as a request holds it while it waits."""

    def __init__(self, portal, town, path):
        self.portal, self.community = portal, uuid.UUID(town.id)
        self.ballot = uuid.UUID(path.rpartition("/")[2])

    def actor(self, session, person, permission):
        identity = self.portal.app.extensions["althing.identity"].tokens.verify(person.token)
        return access.enter(
            session, Actor("a-request", identity.account_id, identity.session_id), self.community, permission
        )


def test_a_vote_on_its_way_is_counted_and_the_stop_comes_after_it(portal, town):
    path = portal.ballot(town)
    hands = Hands(portal, town, path)
    with ThreadPoolExecutor(1) as pool:
        with units(portal).write() as session:
            actor = hands.actor(session, town.members[0], Permission.BALLOT_CAST)
            casting.cast(session, actor, hands.ballot, ["mint"])
            stop = pool.submit(town.owner.call, "POST", f"{path}/suspend", STOP)
            assert waits(units(portal), stop)
        assert stop.result().status_code == 200
    cast_at = at(town.members[0].ok("GET", f"{path}/votes/me")["cast_at"])
    assert cast_at <= at(town.owner.ok("GET", path)["suspension"]["suspended_at"])


def test_a_vote_that_waited_for_the_stop_is_refused(portal, town):
    path = portal.ballot(town)
    hands = Hands(portal, town, path)
    with ThreadPoolExecutor(1) as pool:
        with units(portal).write() as session:
            actor = hands.actor(session, town.owner, Permission.BALLOT_SUSPEND)
            ballot = drafts.locked(session, actor, hands.ballot)
            suspension.suspend(session, actor, ballot, ground="defect", reason="A race.")
            late = pool.submit(vote, town.members[0], path)
            assert waits(units(portal), late)
        answer = late.result()
    assert (answer.status_code, answer.get_json()["type"]) == (409, "/problems/ballot-suspended")
    assert town.owner.ok("GET", f"{path}/turnout")["voters"] == 0


def test_the_database_lets_no_suspension_be_rewritten_or_prolonged(portal, town):
    path = portal.ballot(town)
    ballot_id = uuid.UUID(path.rpartition("/")[2])
    town.owner.ok("POST", f"{path}/suspend", STOP)
    until = at(town.owner.ok("GET", path)["suspension"]["until_at"])
    for values in (
        {"suspended_until": until + HOUR},
        {"suspended_until": None},
        {"suspended_from": until},
        {"suspension": {"ground": "danger"}},
        {"closes_at": until + 100 * PERIOD},
    ):
        with pytest.raises(sa.exc.DatabaseError), units(portal).write() as session:
            session.execute(sa.update(Ballot).where(Ballot.id == ballot_id).values(**values))
