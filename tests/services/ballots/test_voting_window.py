"""The window in which votes are taken, by the clock of the database and to the instant."""

from __future__ import annotations

import datetime as dt

import pytest

from app.domain.errors import Refusal
from app.services.ballots import closing
from tests.services.ballots.booth import Booth, warm_up
from tests.services.ballots.deadlines import brief_ballot, sleep_until


@pytest.mark.parametrize("offset", [-400, -30, -5, 0, 5, 30])
def test_a_vote_at_the_deadline_is_counted_or_refused(portal, offset):
    booth = Booth(portal, voters=1)
    warm_up(booth)
    path, closes_at = brief_ballot(booth, 500)
    sleep_until(closes_at + dt.timedelta(milliseconds=offset))
    answer = booth.voters[0].call("PUT", f"{path}/votes/me", {"choice": ["mint"]})
    sleep_until(closes_at + dt.timedelta(milliseconds=50))
    result = booth.town.owner.ok("GET", f"{path}/result")
    counted = answer.status_code == 201
    assert counted or answer.get_json()["type"] == "/problems/ballot-not-open"
    assert result["turnout"]["voters"] == int(counted)
    if offset >= 0:
        assert not counted
    if counted:
        cast_at = dt.datetime.fromisoformat(answer.get_json()["cast_at"])
        assert cast_at < closes_at


@pytest.mark.parametrize("path", ["fast", "plain"])
def test_the_window_is_judged_by_the_clock_of_the_database(portal, clock, path):
    over = Booth(portal, voters=1, voting_period="PT1H")
    soon = dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)
    ahead = Booth(portal, voters=1, opens_at=soon.isoformat(timespec="milliseconds"))
    clock.advance(dt.timedelta(hours=2))
    (early,), (late,) = ahead.voters, over.voters
    if path == "fast":
        receipt = ahead.fast(early, ["mint"])
        assert over.fast(late, ["mint"]) is None
    else:
        receipt = ahead.plain(early, ["mint"])
        with pytest.raises(Refusal, match="closed"):
            over.plain(late, ["mint"])
    assert receipt is not None
    assert receipt.cast_at > dt.datetime.now(dt.UTC) + dt.timedelta(minutes=110)
    assert over.town.owner.ok("GET", f"{over.path}/result")["turnout"]["voters"] == 0


def test_the_worker_counts_what_the_database_s_clock_has_closed(portal, clock):
    booth = Booth(portal, voters=1, voting_period="PT1H")
    with booth.units.read() as session:
        assert closing.due(session, 10) == []
    clock.advance(dt.timedelta(hours=2))
    with booth.units.read() as session:
        assert closing.due(session, 10) == [booth.ballot]
