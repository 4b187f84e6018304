"""Votes that wait for a lock or a connection: not for another ballot's, once at most, and judged afterwards."""

from __future__ import annotations

import datetime as dt
import threading
import time

import pytest

from app import create_app
from app.db import engine
from tests.services.ballots.booth import Booth, ballot_locked, warm_up
from tests.services.ballots.deadlines import brief_ballot, sleep_until
from tests.support import journal, warm
from tests.support.portal import Portal


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_ballot_that_is_being_counted_does_not_hold_up_votes_in_another(portal):
    """SQLite has one lock for all; PostgreSQL has no reason to let one community wait for another."""
    counted, other = Booth(portal, voters=2), Booth(portal, voters=1)
    other.fast_casting = counted.fast_casting
    warm_up(counted)
    (voter,), (waiting, _) = other.voters, counted.voters
    assert other.fast(voter, ["mint"]) is not None
    actor = counted.actor(waiting)
    held = [
        threading.Thread(
            target=counted.fast_casting.cast,
            args=(actor, counted.community, counted.ballot, ["lime" if number % 2 else "plum"]),
        )
        for number in range(12)
    ]
    with ballot_locked(counted, counted.path):
        for thread in held:
            thread.start()
            time.sleep(0.02)
        started = time.monotonic()
        receipt = other.fast(voter, ["lime"])
        waited = time.monotonic() - started
    for thread in held:
        thread.join()
    assert receipt is not None
    assert waited < 2


@pytest.mark.parametrize(("released", "status"), [(-400, 201), (50, 409)])
def test_a_vote_that_waits_for_a_lock_is_judged_when_it_is_let_through(portal, released, status):
    booth = Booth(portal, voters=1)
    warm_up(booth)
    path, closes_at = brief_ballot(booth, 1_000)
    answers = []
    waiting = threading.Thread(
        target=lambda: answers.append(booth.voters[0].call("PUT", f"{path}/votes/me", {"choice": ["mint"]}))
    )
    with ballot_locked(booth, path):
        waiting.start()
        sleep_until(closes_at + dt.timedelta(milliseconds=released))
        assert answers == [], "the vote did not wait"
    waiting.join()
    assert answers[0].status_code == status, answers[0].text
    sleep_until(closes_at + dt.timedelta(milliseconds=100))
    result = booth.town.owner.ok("GET", f"{path}/result")
    assert result["turnout"]["voters"] == (1 if status == 201 else 0)


@pytest.fixture
def impatient_app(settings, monkeypatch):
    """The application on engines that wait for a lock no longer than a second."""
    warm.forget(settings.database_url)
    monkeypatch.setattr(engine, "LOCK_TIMEOUT_MS", 1_000)
    pragmas = [p for p in engine.SQLITE_PRAGMAS if not p.startswith("busy_timeout")]
    monkeypatch.setattr(engine, "SQLITE_PRAGMAS", ("busy_timeout=1000", *pragmas))
    made = create_app(settings)
    yield made
    made.extensions["althing.units"].dispose()


@pytest.mark.parametrize("way", ["front", "route"])
def test_a_vote_that_waits_in_vain_waits_once(impatient_app, way):
    booth = Booth(Portal(impatient_app), voters=2)
    voter, outsider = booth.voters[0], booth.portal.person()
    path = f"{booth.path}/votes/me"
    headers = {} if way == "front" else {"Origin": "https://portal.example"}
    with ballot_locked(booth, booth.path):
        begun = time.monotonic()
        problem = voter.refused(
            503, "database-unavailable", "PUT", path, {"choice": ["mint"]}, headers=headers
        )
        assert 0.9 < time.monotonic() - begun < 1.6
        begun = time.monotonic()
        answer = outsider.call("PUT", path, {"choice": ["mint"]}, headers=headers)
        assert time.monotonic() - begun < 1.6
        postgresql = booth.units.engine.dialect.name == "postgresql"
        assert answer.status_code == (404 if postgresql else 503)  # on SQLite nobody's request gets anywhere
    assert problem["status"] == 503
    assert voter.call("PUT", path, {"choice": ["mint"]}, headers=headers).status_code == 201
    assert [e.said["action"] for e in journal.entries(booth.units)].count("ballot.cast") == 1


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_vote_for_which_no_connection_comes_waits_once(portal, database_url):
    warm.forget(database_url)
    booth = Booth(portal, voters=1)
    warm_up(booth)
    pool = booth.units.single.pool
    pool._timeout, pool._max_overflow = 0.5, 0
    held = [booth.units.single.connect() for _ in range(pool.size())]
    begun = time.monotonic()
    voter = booth.voters[0]
    voter.refused(503, "database-unavailable", "PUT", f"{booth.path}/votes/me", {"choice": ["lime"]})
    assert time.monotonic() - begun < 0.9
    for connection in held:
        connection.close()
