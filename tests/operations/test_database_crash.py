"""Stopping the database at once while votes are being cast: what was acknowledged is there, the log has no gap."""

from __future__ import annotations

import os
import random
import time

from alembic import command

from app.db.migrations import configuration
from tests.operations.server import serving
from tests.operations.voting_load import VOTERS, Load, assert_the_log_holds_every_vote, patiently
from tests.support.crashing_postgres import crashing_postgres
from tests.support.portal import Portal

#: Crashes of one run; the soak is the same test with more of them.
CRASHES = int(os.environ.get("ALTHING_TEST_DATABASE_CRASHES", "2"))


def test_a_database_that_stops_at_once_loses_doubles_and_takes_back_nothing(tmp_path):
    with crashing_postgres() as database:
        command.upgrade(configuration(database.url), "head")
        settings = {"server": "granian", "processes": 2, "worker": "inline", "log_level": "error"}
        with serving(database.url, tmp_path, **settings) as server:
            portal = Portal(server)
            town = portal.town(VOTERS)
            auditor = portal.join(town, "auditor")
            ballot = portal.ballot(town, method="plurality")
            patiently(auditor, "GET", f"{town.path}/log/checkpoint")
            load = Load(town, ballot, auditor)
            for _ in range(CRASHES):
                load.go_on()
                time.sleep(random.uniform(0, 0.7))
                database.crash()
                time.sleep(random.uniform(0, 0.5))
                database.start()
            load.go_on()
            load.finish()
            assert_the_log_holds_every_vote(load, town, ballot, auditor)
