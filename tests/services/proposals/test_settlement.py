"""The clock's steps, taken late: in their order, dated at their instants, each once, each whole or not at all."""

from __future__ import annotations

import datetime as dt
import functools
import logging
import os
import subprocess
import sys
import textwrap
import threading
import time
import uuid

import pytest
import sqlalchemy as sa
import sqlalchemy.exc

from app.db.clock import database_now
from app.db.units import Units
from app.models.ballots import BallotResult
from app.models.charters import CharterVersion
from app.models.proposals import Proposal
from app.services.proposals import finding, settlement
from app.services.proposals.settlement import settle
from app.worker.loop import Worker
from tests.api.v1.test_proposals import at_once
from tests.support import journal
from tests.support.assembly import HOUR, MINUTE, VETO, Assembly, add_article, replace_article
from tests.support.charters import proposal, with_types

DAY = dt.timedelta(days=1)


@pytest.fixture
def hall(portal, clock):
    return Assembly(portal, clock)


def at(instant: str) -> dt.datetime:
    return dt.datetime.fromisoformat(instant)


def actions(hall: Assembly, path: str) -> list[str]:
    return [step["action"] for step in hall.history(path)]


def stored(units: Units, path: str) -> Proposal:
    with units.read() as session:
        return session.get_one(Proposal, uuid.UUID(path.rsplit("/", 1)[1]))


# --- no worker ----------------------------------------------------------------------------------------


def test_every_stage_passes_with_nobody_looking_and_at_its_own_instant(hall, units):
    path = hall.submitted("joint_decision")
    hall.vote(hall.open(path))
    closes_at = at(hall.of(path)["due_at"])
    hall.clock.run()
    hall.wait(30 * DAY)
    assert stored(units, path).state == "voting"
    shown = hall.of(path)
    assert (shown["state"], shown["outcome"]) == ("obligations", "passed")
    assert at(shown["passed_at"]) == closes_at
    assert at(shown["veto_ends_at"]) == closes_at + 2 * HOUR
    assert at(shown["enacted_at"]) == at(shown["since"]) == closes_at + 3 * HOUR
    told = [(step["action"], at(step["at"]), step["role"]) for step in hall.history(path)[-3:]]
    assert told == [
        ("certify", closes_at, None),
        ("end_veto_window", closes_at + 2 * HOUR, None),
        ("enact", closes_at + 3 * HOUR, None),
    ]
    owed = hall.author.ok("GET", f"{hall.town.path}/obligations/{shown['obligation_id']}")
    assert at(owed["due_at"]) == closes_at + 3 * HOUR + 7 * DAY


@pytest.mark.parametrize(
    ("method", "where", "body"),
    [
        ("GET", "{path}", None),
        ("GET", "{town}/proposals", None),
        ("GET", "{town}", None),
        ("GET", "{town}/charter", None),
        ("POST", "{path}/withdraw", None),
        ("PUT", "{town}/charter/acceptances/me", {"charter_version": 2}),
    ],
)
def test_whoever_asks_first_has_the_steps_taken_before_the_answer(hall, units, method, where, body):
    path = hall.passed("plain_amendment")
    assert stored(units, path).state == "voting"
    hall.author.call(method, where.format(path=path, town=hall.town.path), body)
    assert stored(units, path).state == "closed"
    with units.read() as session:
        numbers = session.scalars(sa.select(CharterVersion.number)).all()
    assert sorted(numbers) == [1, 2]


def test_a_reader_sees_the_charter_that_took_effect_an_instant_ago(hall):
    path = hall.submitted("plain_amendment")
    hall.vote(hall.open(path))
    due_at = at(hall.of(path)["due_at"])
    hall.clock.stop(due_at - dt.timedelta(milliseconds=1))
    charter = f"{hall.town.path}/charter"
    assert hall.author.ok("GET", charter)["number"] == 1
    hall.clock.stop(due_at)
    version = hall.author.ok("GET", charter)
    assert (version["number"], at(version["in_force_from"])) == (2, due_at)
    assert version["proposal_id"] == path.rsplit("/", 1)[1]


def test_powers_taken_by_an_amendment_are_gone_with_the_request_that_settles_it(hall):
    powers = hall.author.ok("GET", f"{hall.town.path}/charter")["charter"]["role_powers"]["steward"]
    powers.remove("proposal.classify")
    operation = {"op": "set_role_powers", "role": "steward", "powers": powers}
    other = hall.submitted("quick")
    body = {"matters": ["label"], "reason": "It does."}
    hall.passed("amendment", operations=[operation])
    hall.wait(3 * HOUR)
    hall.steward.refused(403, "forbidden", "PUT", f"{other}/matters", body, if_match="*")


def test_sponsors_come_too_late_at_the_very_instant(hall):
    path = hall.submitted("petition")
    hall.reach_due(path)
    problem = hall.others[0].refused(409, "illegal-step", "PUT", f"{path}/sponsors/me")
    assert problem["state"] == "lapsed"
    assert hall.of(path)["since"] == hall.history(path)[-1]["at"]


def test_an_idempotent_request_that_met_due_steps_is_done_once(hall):
    hall.passed("quick")
    body = {"decision_type": "quick", "title": "Next"}
    first, again = (
        hall.author.call("POST", f"{hall.town.path}/proposals", body, key="one-key") for _time in range(2)
    )
    assert (first.status_code, again.headers["Idempotent-Replayed"]) == (201, "true")
    assert first.get_json()["id"] == again.get_json()["id"]


def test_an_early_close_moves_what_follows_with_it(portal, clock):
    quick = proposal("early", vote_change=False, early_close=True, timelock="PT1H")
    hall = Assembly(portal, clock, decision_types=with_types(quick)["decision_types"])
    path = hall.submitted("early")
    ballot = hall.open(path)
    hall.vote(ballot)
    closed = hall.others[0].ok("POST", f"{ballot}/close")
    shown = hall.of(path)
    assert (shown["state"], shown["since"]) == ("timelock", closed["closed_at"])
    assert at(shown["due_at"]) == at(closed["closed_at"]) + HOUR


def test_a_late_quorum_moves_what_follows_with_it(hall):
    path = hall.sponsored(hall.submitted("petition"))
    ballot = hall.open(path)
    was = at(hall.of(path)["due_at"])
    hall.clock.stop(was - MINUTE)
    hall.vote(ballot, "for", hall.others[:1])
    shown = hall.of(path)
    assert at(shown["due_at"]) == was + 9 * MINUTE
    hall.clock.stop(was)
    assert hall.state(path) == "voting"
    hall.reach_due(path)
    assert hall.state(path) == "obligations"


# --- order --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("first_is_later_made", [False, True])
def test_of_two_amendments_of_one_article_the_one_due_first_holds(hall, first_is_later_made):
    operations = {name: [replace_article("purpose", f"{name}.")] for name in ("X", "Y")}
    paths = {name: hall.submitted("plain_amendment", operations=each) for name, each in operations.items()}
    order = ["Y", "X"] if first_is_later_made else ["X", "Y"]
    for name in order:
        hall.vote(hall.open(paths[name]))
        hall.clock.run()
        hall.wait(MINUTE)
    hall.wait(5 * DAY)  # both are overdue when anybody asks
    first, second = (hall.of(paths[name]) for name in order)
    assert (first["state"], first["enacted_version"]) == ("closed", 2)
    assert (second["state"], second["stale"]["reason"]) == ("stale", "conflict")
    assert "articles/purpose has been changed" in second["stale"]["detail"]
    assert at(second["since"]) > at(first["since"])
    articles = hall.author.ok("GET", f"{hall.town.path}/charter")["charter"]["articles"]
    assert articles[0]["body"] == f"{order[0]}."


def test_two_amendments_of_different_articles_both_take_effect_in_their_order(hall):
    paths = [hall.submitted("plain_amendment", operations=[add_article(name)]) for name in ("one", "two")]
    for path in reversed(paths):
        hall.vote(hall.open(path))
        hall.clock.run()
        hall.wait(MINUTE)
    hall.wait(DAY)
    assert [hall.of(path)["enacted_version"] for path in paths] == [3, 2]


def test_steps_of_all_proposals_are_taken_in_the_order_of_their_instants(hall, units):
    slow, fast = hall.submitted("joint_decision"), hall.submitted("quick")
    hall.vote(hall.open(slow))
    hall.clock.run()
    hall.wait(30 * MINUTE)
    hall.vote(hall.open(fast))
    petition = hall.submitted("petition")
    hall.wait(10 * DAY)
    hall.author.ok("GET", hall.town.path)
    order = [
        (entry.said["object"]["id"], entry.said["action"], entry.content["effective_at"])
        for entry in journal.entries(units)
        if entry.said["actor"] is None and entry.said["object"]["type"] == "proposal"
    ]
    ids = {path.rsplit("/", 1)[1]: name for name, path in (("s", slow), ("f", fast), ("p", petition))}
    assert [(ids[who], action.removeprefix("proposal.")) for who, action, _ in order] == [
        ("s", "certified"),
        ("f", "certified"),
        ("s", "veto_window_ended"),
        ("s", "enacted"),
        ("p", "lapsed"),
    ]
    instants = [instant for *_, instant in order]
    assert instants == sorted(instants)


def test_a_quorum_lowered_later_revives_nothing(hall):
    kind = next(
        each
        for each in hall.author.ok("GET", f"{hall.town.path}/charter")["charter"]["decision_types"]
        if each["id"] == "joint_decision"
    )
    path = hall.submitted("joint_decision")
    hall.open(path)
    lowered = kind | {"quorum": None}
    hall.passed("amendment", operations=[{"op": "set_decision_type", "decision_type": lowered}])
    hall.wait(4 * HOUR)
    version = hall.author.ok("GET", f"{hall.town.path}/charter")
    assert version["number"] == 2
    assert hall.of(path)["state"] == "inquorate"
    result = hall.author.ok("GET", f"{hall.town.path}/ballots/{hall.of(path)['ballot_id']}/result")
    assert result["outcome"] == "inquorate"
    hall.wait(30 * DAY)
    shown = hall.of(path)
    assert (shown["state"], shown["outcome"], shown["due_at"]) == ("inquorate", "inquorate", None)


# --- races --------------------------------------------------------------------------------------------


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
    taken = []

    class Answer:
        status_code = 200

    def run(one: Units) -> type[Answer]:
        taken.append(settle(one, uuid.UUID(hall.town.id)).steps)
        return Answer

    at_once([functools.partial(run, one) for one in engines])
    assert sum(taken) == 3 * len(paths)
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


# --- what goes wrong ----------------------------------------------------------------------------------


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


# --- the worker ---------------------------------------------------------------------------------------


def test_the_worker_takes_the_steps_of_every_community(portal, clock, units):
    halls = [Assembly(portal, clock, members=2) for _ in range(2)]
    paths = []
    for hall in halls:
        path = hall.submitted("quick")
        hall.vote(hall.open(path))
        paths.append(path)
    clock.run()
    clock.advance(2 * HOUR)
    Worker(units).run_once()
    assert [stored(units, path).state for path in paths] == ["closed", "closed"]
    with units.read() as session:
        assert settlement.waiting(session, 10) == []


def test_communities_wait_in_the_order_of_what_is_due_in_them(portal, clock, units):
    first, second = (Assembly(portal, clock, members=3) for _ in range(2))
    second.submitted("petition")
    clock.advance(MINUTE)
    first.submitted("petition")
    clock.advance(2 * DAY)
    with units.read() as session:
        found = settlement.waiting(session, 10)
        assert [str(each) for each in found] == [second.town.id, first.town.id]
        assert settlement.waiting(session, 1) == found[:1]


def test_a_decision_that_amends_nothing_makes_no_version(hall, units):
    path = hall.passed("binding_decision")
    hall.reach_due(path)
    assert (hall.state(path), hall.of(path)["enacted_version"]) == ("obligations", None)
    with units.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(CharterVersion)) == 1
