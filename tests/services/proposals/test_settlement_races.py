"""The clock's steps, taken by many at once: each is taken once; whoever waits beyond an instant is late."""

from __future__ import annotations

import datetime as dt
import functools
import threading
import time
import uuid

import pytest
import sqlalchemy as sa

from app.db.units import Units
from app.models.ballots import BallotResult
from app.models.charters import CharterVersion
from app.models.proposals import Proposal
from app.services.proposals import finding
from app.services.proposals.settlement import settle
from tests.services.proposals.steps import at
from tests.support import journal
from tests.support.assembly import HOUR, MINUTE, VETO, Assembly
from tests.support.races import answers_at_once, at_once

DAY = dt.timedelta(days=1)


def actions(hall: Assembly, path: str) -> list[str]:
    return [step["action"] for step in hall.history(path)]


def test_many_who_settle_at_once_certify_once_and_enact_once(hall, units):
    path, owing = hall.submitted("plain_amendment"), hall.submitted("joint_decision")
    for each in (path, owing):
        hall.vote(hall.open(each))
    hall.clock.run()
    hall.wait(DAY)
    asks = [functools.partial(p.call, "GET", path) for p in (*hall.town.members, hall.owner, hall.steward)]
    assert at_once(asks) == [200] * 6
    with units.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(BallotResult)) == 2
        assert session.scalar(sa.select(sa.func.count()).select_from(CharterVersion)) == 2
    told = [entry.said["action"] for entry in journal.entries(units)]
    once = {"charter.enacted", "proposal.veto_window_ended", "proposal.enacted", "obligation.created"}
    assert {action: told.count(action) for action in once} == dict.fromkeys(once, 1)
    assert told.count("ballot.closed") == told.count("proposal.certified") == 2
    assert actions(hall, path)[-1] == "certify"


def test_settlements_on_many_connections_take_each_step_once(hall, settings):
    paths = [hall.submitted("joint_decision") for _ in range(4)]
    for ballot in [hall.open(path) for path in paths]:
        hall.vote(ballot)
    hall.clock.run()
    hall.wait(DAY)
    engines = [Units.of(settings.database_url) for _ in range(4)]
    settled = answers_at_once([functools.partial(settle, one, uuid.UUID(hall.town.id)) for one in engines])
    assert sum(each.steps for each in settled) == 3 * len(paths)
    for path in paths:
        assert actions(hall, path)[-3:] == ["certify", "end_veto_window", "enact"]
    for one in engines:
        one.dispose()


def test_votes_and_settlement_race_at_the_close_and_no_vote_is_lost(hall):
    path = hall.submitted("quick")
    ballot = hall.open(path)
    hall.clock.stop(at(hall.of(path)["due_at"]) - dt.timedelta(milliseconds=200))
    hall.clock.run()
    casts = [
        functools.partial(p.call, "PUT", f"{ballot}/votes/me", {"choice": "for"}) for p in hall.town.members
    ]
    reads = [functools.partial(p.call, "GET", path) for p in hall.town.members] * 2
    statuses = at_once([*casts, *reads])
    counted = sum(status == 201 for status in statuses)
    hall.wait(HOUR)
    result = hall.author.ok("GET", f"{ballot}/result")
    assert result["turnout"]["voters"] == counted


@pytest.mark.parametrize("what", ["veto", "sponsor", "open_vote"])
def test_who_waits_for_a_row_beyond_the_instant_comes_too_late(hall, units, what):
    """The clock is judged under the lock: here the instant passes while the request waits for it."""
    if what == "veto":
        path = waiting = hall.in_state("veto_window")
        call = functools.partial(hall.owner.call, "POST", f"{path}/veto", VETO)
    elif what == "sponsor":
        path = waiting = hall.submitted("petition")
        call = functools.partial(hall.others[0].call, "PUT", f"{path}/sponsors/me")
    else:  # an amendment that falls due meanwhile takes the decision type away
        path = hall.submitted("quick")
        call = functools.partial(hall.others[0].call, "POST", f"{path}/open-vote")
        removal = [{"op": "remove_decision_type", "id": "quick"}]
        waiting = hall.passed("amendment", operations=removal)
        hall.reach_due(waiting)
    due_at = at(hall.of(waiting)["due_at"])
    hall.clock.stop(due_at - MINUTE)
    assert hall.state(path) in {"veto_window", "sponsoring", "discussion"}
    answers = []
    asking = threading.Thread(target=lambda: answers.append(call()))
    with units.write() as session:
        finding.lock_community(session, uuid.UUID(hall.town.id))
        session.execute(
            sa.select(Proposal).where(Proposal.id == uuid.UUID(path.rsplit("/", 1)[1])).with_for_update()
        )
        asking.start()
        time.sleep(0.5)
        assert answers == []
        hall.clock.stop(due_at, keep_signed_in=False)
    asking.join()
    problem = answers[0].get_json()
    assert answers[0].status_code == 409, problem
    if what == "open_vote":
        assert problem["type"] == "/problems/unknown-decision-type"
    else:
        assert problem["state"] == {"veto": "timelock", "sponsor": "lapsed"}[what]
