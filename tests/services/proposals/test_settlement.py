"""The clock's steps, taken late: in their order, and dated at their instants."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from app.models.charters import CharterVersion
from app.services.proposals import settlement
from app.worker.loop import Worker
from tests.services.proposals.steps import at, stored
from tests.support import journal
from tests.support.assembly import HOUR, MINUTE, Assembly, add_article, replace_article
from tests.support.charters import proposal, with_types

DAY = dt.timedelta(days=1)


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


def test_the_worker_takes_the_steps_of_every_community(portal, clock, units, app):
    halls = [Assembly(portal, clock, members=2) for _ in range(2)]
    paths = []
    for hall in halls:
        path = hall.submitted("quick")
        hall.vote(hall.open(path))
        paths.append(path)
    clock.run()
    clock.advance(2 * HOUR)
    Worker(units, app.extensions["althing.erasures"]).run_once()
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
