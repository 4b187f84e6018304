"""The clock's steps, when one fails or its process is killed: each is taken whole or not at all."""

from __future__ import annotations

import datetime as dt
import logging
import os
import subprocess
import sys
import textwrap
import uuid

import pytest
import sqlalchemy.exc

from app.db.clock import database_now
from app.models.ballots import BallotResult
from app.services.proposals import settlement
from app.services.proposals.settlement import settle
from tests.services.proposals.steps import at, stored
from tests.support import journal
from tests.support.assembly import HOUR, Assembly
from tests.support.charters import proposal, with_types


def test_a_step_that_fails_is_put_off_and_stops_nobody(hall, units, monkeypatch, caplog):
    broken, sound = hall.submitted("plain_amendment"), hall.submitted("quick")
    for path in (broken, sound):
        hall.vote(hall.open(path))
    hall.clock.run()
    hall.wait(2 * HOUR)
    real = settlement.take_effect

    def fails(session, actor, proposal, *more):
        if str(proposal.id) in broken:
            raise LookupError("a defect")
        return real(session, actor, proposal, *more)

    monkeypatch.setattr(settlement, "take_effect", fails)
    with caplog.at_level(logging.ERROR, "althing.settlement"):
        assert hall.state(sound) == "closed"
    assert "put off" in caplog.text
    assert hall.state(broken) == "voting"
    with units.read() as session:
        now = database_now(session)
        # Nothing of the failed step is left: not the count either.
        assert session.get(BallotResult, stored(units, broken).ballot_id) is None
    put_off = stored(units, broken).due_at - now
    assert dt.timedelta(0) < put_off <= settlement.POSTPONED_BY
    monkeypatch.undo()
    hall.wait(2 * settlement.POSTPONED_BY)
    shown = hall.of(broken)
    assert (shown["state"], shown["enacted_version"]) == ("closed", 2)
    assert at(shown["enacted_at"]) == at(shown["decided_at"])  # as if it had never failed


def test_a_ballot_whose_count_fails_keeps_nobody_out(hall, portal, monkeypatch):
    ballot = portal.ballot(hall.town, decision_type="binding_vote", opened=False)
    said = {"undertaking": "It is made.", "within": "P30D", "budget": None, "refusal_grounds": []}
    hall.owner.ok("POST", f"{ballot}/precommitments", said)
    hall.owner.ok("POST", f"{ballot}/open")
    hall.clock.run()
    hall.wait(3 * HOUR)
    real = settlement.closing.certify_due

    def fails(*_arguments):
        raise LookupError("a defect")

    monkeypatch.setattr(settlement.closing, "certify_due", fails)
    assert hall.author.ok("GET", hall.town.path)["id"] == hall.town.id
    path = hall.submitted("quick")
    hall.open(path)
    monkeypatch.setattr(settlement.closing, "certify_due", real)
    hall.author.ok("GET", hall.town.path)
    assert hall.author.ok("GET", ballot)["certified_at"] is not None


def test_a_database_that_is_away_is_no_defect_of_a_step(hall, units, monkeypatch):
    path = hall.passed("quick")

    def away(*_arguments):
        raise sqlalchemy.exc.OperationalError("", None, Exception("away"))

    monkeypatch.setattr(settlement, "_take", away)
    with pytest.raises(sqlalchemy.exc.OperationalError):
        settle(units, uuid.UUID(hall.town.id))
    assert stored(units, path).due_at <= hall.clock.now()


KILLED = """
    import datetime as dt, os, sys, uuid
    from app.db.units import Units
    from app.services import audit
    from app.services.proposals import enactment, settlement, steps

    url, community, where, ahead = sys.argv[1:]
    from tests.support.clock import Clock
    import sqlalchemy as sa
    from sqlalchemy import event
    clock = Clock(url)
    clock._ahead = dt.timedelta(microseconds=int(ahead))
    event.listen(sa.Pool, "checkout", clock._checked_out)

    def die(*_arguments, **_more):
        os._exit(9)

    module, name = {
        "after the count": (settlement, "take_effect"),
        "before the new charter": (enactment, "enter_into_force"),
        "before the debt": (enactment.debts, "arise"),
        "before the history": (steps, "_write"),
        "before the entry": (steps, "record"),
    }[where]
    setattr(module, name, die)
    settlement.settle(Units.of(url), uuid.UUID(community))
"""


@pytest.mark.parametrize(
    "where",
    [
        "after the count",
        "before the new charter",
        "before the debt",
        "before the history",
        "before the entry",
    ],
)
def test_a_process_killed_in_the_middle_of_a_step_leaves_nothing_of_it(portal, clock, units, settings, where):
    owing = proposal("owing", binding_level="must_answer", answer_within="P7D")
    hall = Assembly(portal, clock, decision_types=with_types(owing)["decision_types"])
    path = hall.passed("plain_amendment" if where == "before the new charter" else "owing")
    hall.clock.run()
    before = journal.everything(units)
    ahead = (hall.clock.now() - dt.datetime.now(dt.UTC)) // dt.timedelta(microseconds=1)
    arguments = [settings.database_url, hall.town.id, where, str(ahead)]
    ended = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", textwrap.dedent(KILLED), *arguments],
        check=False,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": os.getcwd()},  # noqa: PTH109
    )
    assert ended.returncode == 9, ended.stderr
    assert journal.everything(units) == before
    shown = hall.of(path)
    enacts = where == "before the new charter"
    assert (shown["state"], shown["enacted_version"]) == (("closed", 2) if enacts else ("obligations", None))
