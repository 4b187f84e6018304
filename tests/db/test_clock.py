"""Tests move the database's clock with the fixture ``clock``: what follows it, what stays, and that it is given back.

Portals are made on either side of the clock, since tests ask for their fixtures in any order.
"""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from app.db.clock import database_clock, database_now
from app.db.units import Units
from tests.support.clock import movable_clock
from tests.support.portal import PASSWORD

DAY = dt.timedelta(days=1)
SLACK = dt.timedelta(minutes=1)


def host() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def shown(units: Units) -> dt.datetime:
    with units.read() as session:
        return database_now(session)


def test_a_clock_that_nobody_moved_shows_the_time(clock, units):
    assert abs(clock.now() - host()) < SLACK
    assert abs(shown(units) - host()) < SLACK


@pytest.mark.parametrize("days", [400, -3])
def test_moving_it_moves_every_reading_of_the_database_s_clock_and_no_other(clock, units, days):
    moved = clock.advance(days * DAY)
    assert abs(moved - host() - days * DAY) < SLACK
    assert abs(shown(units) - host() - days * DAY) < SLACK
    with units.read() as session:
        later = sa.select(database_clock() > moved - SLACK, database_clock() < moved + SLACK)
        assert session.execute(later).one() == (True, True)
        again = session.execute(sa.select(database_clock())).scalar_one()
    assert again - moved < SLACK  # a compiled statement keeps nothing of the hour
    clock.advance(DAY)
    assert abs(shown(units) - moved - DAY) < SLACK


def test_connections_and_transactions_that_were_open_before_follow_too(database_url, units, monkeypatch):
    before = shown(units)  # leaves a connection in the pool that knows nothing of any test
    with movable_clock(database_url, monkeypatch) as clock, units.read() as session:
        assert abs(database_now(session) - before) < SLACK
        clock.advance(DAY)
        assert abs(database_now(session) - before - DAY) < SLACK
    assert abs(shown(units) - before) < SLACK


def test_it_is_moved_to_an_instant(clock):
    at = host().replace(microsecond=0) + 100 * DAY
    assert dt.timedelta(0) <= clock.advance_to(at) - at < SLACK


def test_it_runs_on_from_where_it_was_moved_to(clock):
    first = clock.advance(DAY)
    while (now := clock.now()) == first:  # the same millisecond still
        pass
    assert first < now < first + SLACK


def test_a_stopped_clock_shows_one_instant_exactly(clock, units):
    at = dt.datetime(2031, 2, 3, 4, 5, 6, 789_000, tzinfo=dt.UTC)
    assert clock.stop(at) == at
    assert shown(units) == shown(units) == at
    assert clock.advance(dt.timedelta(milliseconds=1)) == at + dt.timedelta(milliseconds=1)
    clock.run()
    assert at < clock.now() < at + SLACK


def test_it_is_given_back(database_url, units, monkeypatch):
    with movable_clock(database_url, monkeypatch) as clock:
        clock.stop(host() + DAY)
        assert shown(units) - host() > DAY - SLACK
    assert abs(shown(units) - host()) < SLACK


@pytest.mark.parametrize("limit", ["just before", "at", "after"])
def test_casting_on_any_path_follows_it(clock, portal, limit):
    town = portal.town(members=2)
    path = portal.ballot(town, voting_period="P40D")
    closes_at = dt.datetime.fromisoformat(town.owner.ok("GET", path)["closes_at"])
    first, second = town.members
    first.ok("PUT", f"{path}/votes/me", {"choice": ["mint"]})
    offset = {"just before": -1, "at": 0, "after": 86_400_000}[limit]
    clock.stop(closes_at + dt.timedelta(milliseconds=offset))
    if offset < 0:
        receipt = second.ok("PUT", f"{path}/votes/me", {"choice": ["lime"]})
        assert dt.datetime.fromisoformat(receipt["cast_at"]) == clock.now()
        second.refused(409, "ballot-not-closed", "GET", f"{path}/result")
    else:
        second.refused(409, "ballot-not-open", "PUT", f"{path}/votes/me", {"choice": ["lime"]})
        assert second.ok("GET", f"{path}/result")["turnout"]["voters"] == 1


def test_who_is_signed_in_stays_so_and_others_can_come(portal, clock):
    town = portal.town(members=1)
    for _ in range(3):
        clock.advance(100 * DAY)
    member = town.members[0]
    member.ok("GET", town.path)
    renewed = member.ok("POST", "/v1/sessions/refresh", {"refresh_token": member.refresh_token})
    member.token = renewed["access_token"]
    member.ok("GET", town.path)
    newcomer = portal.join(town)
    newcomer.ok("GET", town.path)
    again = portal.visitor.ok("POST", "/v1/sessions", {"email": newcomer.email, "password": PASSWORD})
    newcomer.token = again["access_token"]
    newcomer.ok("GET", town.path)


def test_sessions_end_where_a_test_wants_to_see_that(portal, clock):
    town = portal.town(members=1)
    clock.advance(29 * DAY, keep_signed_in=False)
    town.members[0].ok("GET", town.path)
    clock.advance(2 * DAY, keep_signed_in=False)
    town.members[0].refused(401, "invalid-token", "GET", town.path)
