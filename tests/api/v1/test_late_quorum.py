"""A quorum reached in the last moment leaves everyone time to answer it, once (notes of the charter, section 2)."""

from __future__ import annotations

import datetime as dt
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from app.models.ballots import Ballot
from app.policies.permissions import Actor, Permission
from app.services import access
from app.services.ballots import casting, extension
from tests.support.charters import FIXED, with_types
from tests.support.portal import Person
from tests.support.races import waits
from tests.support.tokens import give

MINUTE = dt.timedelta(minutes=1)


def units(portal):
    return portal.app.extensions["althing.units"]


class Vote:
    """A ballot of 100 minutes, an extension of 20, and a quorum of half of its voters."""

    def __init__(self, portal, clock, *, voters=4, charter=None, **facts):
        self.portal, self.clock = portal, clock
        self.town = portal.town(members=voters, **({} if charter is None else {"charter": charter}))
        self.path = portal.ballot(self.town, decision_type="house_vote", **facts)
        self.id = uuid.UUID(self.path.rpartition("/")[2])
        shown = self.shown()
        self.opens_at = dt.datetime.fromisoformat(shown["opens_at"])
        assert self.closes_after() == 100
        self.voters = iter(self.town.members)

    def shown(self):
        return self.town.owner.ok("GET", self.path)

    def closes_after(self):
        """Return after how many minutes it closes."""
        return (dt.datetime.fromisoformat(self.shown()["closes_at"]) - self.opens_at) / MINUTE

    def cast(self, *, at: float, voter: Person | None = None, choice: str = "mint") -> None:
        self.clock.stop(self.opens_at + at * MINUTE)
        (voter or next(self.voters)).ok("PUT", f"{self.path}/votes/me", {"choice": [choice]})

    def actor(self, person: Person) -> Actor:
        identity = self.portal.app.extensions["althing.identity"].tokens.verify(person.token)
        return Actor("a-request", identity.account_id, identity.session_id)

    def enter(self, session, person):
        return access.enter(session, self.actor(person), uuid.UUID(self.town.id), Permission.BALLOT_CAST)


@pytest.fixture
def forgetful(monkeypatch):
    """A process that has not seen any quorum reached."""
    monkeypatch.setattr(extension, "_reached", extension._Reached())


@pytest.mark.parametrize(
    ("reached_at", "closes_after"),
    [(95, 115), (81, 101), (80, 100), (50, 100), (99.999, 119.999), (80.001, 100.001)],
)
def test_voting_goes_on_for_the_extension_after_a_quorum_reached_late(
    portal, clock, reached_at, closes_after
):
    vote = Vote(portal, clock)
    vote.cast(at=1)
    assert vote.closes_after() == 100
    vote.cast(at=reached_at)
    assert vote.closes_after() == pytest.approx(closes_after)
    extended_at = vote.shown()["extended_at"]
    if closes_after == 100:
        assert extended_at is None
    else:
        assert dt.datetime.fromisoformat(extended_at) == vote.opens_at + reached_at * MINUTE


def test_it_is_extended_once(portal, clock):
    vote = Vote(portal, clock)
    vote.cast(at=1)
    vote.cast(at=95)
    vote.cast(at=110)
    vote.cast(at=114)
    assert vote.closes_after() == 115


def test_votes_before_the_quorum_do_not_extend_it(portal, clock):
    vote = Vote(portal, clock, voters=6)
    vote.cast(at=90)
    vote.cast(at=96)
    assert vote.closes_after() == 100
    vote.cast(at=98)
    assert vote.closes_after() == 118


@pytest.mark.usefixtures("forgetful")
def test_a_quorum_reached_in_time_is_extended_by_no_later_vote(portal, clock):
    vote = Vote(portal, clock)
    vote.cast(at=10)
    vote.cast(at=20)
    vote.cast(at=95)
    vote.cast(at=99)
    assert vote.closes_after() == 100
    assert vote.shown()["extended_at"] is None


@pytest.mark.usefixtures("forgetful")
def test_a_process_that_knows_the_quorum_reached_casts_on_the_fast_path_again(portal, clock, monkeypatch):
    vote = Vote(portal, clock, voters=5)
    for at in (10, 20, 30):
        vote.cast(at=at)
    vote.cast(at=95)  # by the reference, which looks and remembers
    monkeypatch.setattr(casting, "cast", lambda *_, **__: pytest.fail("not on the fast path"))
    vote.cast(at=96)


def test_the_fast_path_makes_every_vote_that_can_extend_nothing(portal, clock, monkeypatch):
    charter = with_types({**FIXED, "vote_change": True})
    vote = Vote(portal, clock, charter=charter)
    first = vote.town.members[0]
    monkeypatch.setattr(casting, "cast", lambda *_, **__: pytest.fail("not on the fast path"))
    vote.cast(at=1)
    vote.cast(at=80)
    vote.cast(at=95, voter=first, choice="lime")


def test_a_changed_vote_extends_nothing(portal, clock):
    charter = with_types({**FIXED, "vote_change": True})
    vote = Vote(portal, clock, charter=charter)
    first = vote.town.members[0]
    vote.cast(at=1)
    vote.cast(at=95, voter=first, choice="lime")
    assert vote.closes_after() == 100


def test_a_quorum_of_weight_counts_weight(portal, clock):
    by_weight = {"weighting": "token", "quorum": {"base": "weight", "ratio": "1/2"}}
    amendment = next(t for t in with_types()["decision_types"] if t["id"] == "plain_amendment")
    changing_it = {**amendment, **by_weight, "id": "weighed_amendment", "voting_period": "PT100M"}
    town = portal.town(members=3, charter=with_types({**FIXED, **by_weight}, changing_it))
    give(town, *zip(town.members, (30, 19, 51), strict=True))
    path = portal.ballot(town, decision_type="house_vote")
    closes_at = town.owner.ok("GET", path)["closes_at"]
    opens_at = dt.datetime.fromisoformat(town.owner.ok("GET", path)["opens_at"])
    for at, member in zip((95, 96), town.members, strict=False):
        clock.stop(opens_at + at * MINUTE)
        member.ok("PUT", f"{path}/votes/me", {"choice": ["mint"]})
    assert town.owner.ok("GET", path)["closes_at"] == closes_at  # 49 of 100
    clock.stop(opens_at + 97 * MINUTE)
    town.members[2].ok("PUT", f"{path}/votes/me", {"choice": ["mint"]})
    extended = dt.datetime.fromisoformat(town.owner.ok("GET", path)["closes_at"])
    assert extended == opens_at + 117 * MINUTE


def test_the_extension_is_the_service_s_entry_in_the_log(portal, clock):
    vote = Vote(portal, clock, voters=2)
    vote.cast(at=95)
    auditor = portal.join(vote.town, "auditor")
    entries = auditor.ok("GET", f"{vote.town.path}/audit-entries?limit=100")["items"]
    last = entries[-1]
    extended = next(e for e in entries if '"ballot.extended"' in e["body"])
    assert '"actor":null' in extended["body"]
    assert extended["content"] == {"closes_at": vote.shown()["closes_at"]}
    assert last is not extended  # the auditor joined after it


def test_the_result_waits_for_the_extended_close_and_counts_what_came_until_then(portal, clock):
    vote = Vote(portal, clock)
    vote.cast(at=1)
    vote.cast(at=95)
    clock.stop(vote.opens_at + 100 * MINUTE)
    vote.town.owner.refused(409, "ballot-not-closed", "GET", f"{vote.path}/result")
    vote.cast(at=114.99)
    clock.stop(vote.opens_at + 115 * MINUTE)
    late = next(vote.voters)
    late.refused(409, "ballot-not-open", "PUT", f"{vote.path}/votes/me", {"choice": ["mint"]})
    result = vote.town.owner.ok("GET", f"{vote.path}/result")
    assert result["turnout"]["voters"] == 3
    assert dt.datetime.fromisoformat(result["closed_at"]) == vote.opens_at + 115 * MINUTE


@pytest.mark.usefixtures("forgetful")
def test_two_votes_that_cross_the_quorum_together_are_noticed(portal, clock):
    """While one is being stored, the other waits; so one of them sees both."""
    vote = Vote(portal, clock)
    first, second, *_ = vote.town.members
    clock.stop(vote.opens_at + 95 * MINUTE)
    with ThreadPoolExecutor(1) as pool:
        with units(portal).write() as session:
            casting.cast(session, vote.enter(session, first), vote.id, ["mint"])
            other = pool.submit(second.call, "PUT", f"{vote.path}/votes/me", {"choice": ["lime"]})
            assert waits(units(portal), other)
        assert other.result().status_code == 201
    assert vote.closes_after() == 115


def test_the_database_refuses_a_second_extension_and_one_that_is_none(portal, clock):
    vote = Vote(portal, clock, voters=2)
    later = vote.opens_at + 300 * MINUTE

    def change(**values):
        with units(portal).write() as session:
            session.execute(sa.update(Ballot).where(Ballot.id == vote.id).values(**values))

    with pytest.raises(sa.exc.DatabaseError):
        change(closes_at=later)
    vote.cast(at=95)
    with pytest.raises(sa.exc.DatabaseError):
        change(closes_at=later, extended_at=later)
    with pytest.raises(sa.exc.DatabaseError):
        change(extended_at=None)
    assert vote.closes_after() == 115
