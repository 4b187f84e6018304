from __future__ import annotations

import time

from app.worker.loop import InlineWorker, Worker


def test_a_closed_ballot_is_certified_without_anyone_asking(portal, units, app):
    town = portal.town(members=1)
    path = portal.ballot(town, voting_period="PT1S")
    town.members[0].ok("PUT", f"{path}/votes/me", {"choice": ["mint"]})
    worker = Worker(units, app.extensions["althing.erasures"])
    assert worker.run_once() == 0
    time.sleep(1.1)
    assert worker.run_once() == 1
    assert worker.run_once() == 0
    assert town.owner.ok("GET", path)["certified_at"] is not None
    assert town.members[0].ok("GET", f"{path}/result")["winners"] == ["mint"]


def test_votes_after_the_deadline_are_refused_with_every_worker_stopped(portal):
    town = portal.town(members=1)
    path = portal.ballot(town, voting_period="PT1S")
    time.sleep(1.1)
    assert town.owner.ok("GET", path)["state"] == "closed"
    town.members[0].refused(409, "ballot-not-open", "PUT", f"{path}/votes/me", {"choice": ["mint"]})


def test_the_inline_worker_stops_when_told(app, units):
    worker = InlineWorker(units, app.extensions["althing.log"], app.extensions["althing.erasures"])
    worker.stop()
    assert not [thread for thread in worker._threads if thread.is_alive()]
