"""Killing the sequencer while votes are being cast: no entry lost, doubled or moved, no checkpoint taken back."""

from __future__ import annotations

import os
import random
import time

import pytest

from tests.operations.server import serving
from tests.operations.voting_load import VOTERS, Load, assert_the_log_holds_every_vote, patiently
from tests.support.portal import Portal

#: Kills of one run; the soak is the same test with more of them.
KILLS = int(os.environ.get("ALTHING_TEST_LOG_KILLS", "2"))


@pytest.mark.parametrize(
    ("kind", "settings"),
    [("sqlite", {"server": "waitress"}), ("postgresql", {"server": "granian", "processes": 2})],
)
def test_a_killed_sequencer_loses_doubles_and_takes_back_nothing(templates, tmp_path, kind, settings):
    url = templates.database(kind, tmp_path)
    with serving(url, tmp_path, log_level="error", worker="inline", **settings) as server:
        portal = Portal(server)
        town = portal.town(VOTERS)
        auditor = portal.join(town, "auditor")
        ballot = portal.ballot(town, method="plurality")
        patiently(auditor, "GET", f"{town.path}/log/checkpoint")
        load = Load(town, ballot, auditor)
        for _ in range(KILLS):
            load.go_on()
            time.sleep(random.uniform(0, 0.7))
            server.kill()
            server.start()
        time.sleep(0.5)
        load.finish()

        assert_the_log_holds_every_vote(load, town, ballot, auditor)
