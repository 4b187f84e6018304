"""Killing the server while votes are being cast loses no acknowledged vote and doubles none."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import random
import threading
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field

import pytest

from tests.operations.server import ANSWER_SECONDS, serving
from tests.support.portal import Person, Portal

MEMBERS = 30
VOTERS_AT_ONCE = 6
KILLS = int(os.environ.get("ALTHING_TEST_KILLS", "2"))
FLAVOURS = ("mint", "lime", "yuzu")
#: A client that got no answer asks again until it has one.
PATIENCE_SECONDS = 2 * ANSWER_SECONDS


@dataclass
class Voter:
    """A member who casts again and again, keeps every receipt, and counts the casts without answer."""

    person: Person
    favourite: str
    receipts: dict[str, dict[str, dict]] = field(default_factory=lambda: defaultdict(dict))
    unanswered: int = 0

    def cast(self, ballot, choice):
        """Cast until it is acknowledged, as a portal would; keep the receipt with the choice, by tracker."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError, http.client.HTTPException):
                answer = self.person.call("PUT", f"{ballot}/votes/me", {"choice": choice})
                if answer.status_code in {200, 201}:
                    receipt = answer.get_json()
                    self.receipts[ballot][receipt["tracker"]] = receipt | {"choice": choice}
                    return
                assert answer.status_code == 503, answer.text
            self.unanswered += 1
            time.sleep(0.2)
        raise AssertionError("no answer")


class Casting:
    """Voters cast in threads until told to stop, and once more then.

    In the ballot that lets votes change each casts something new in every round; in the other their favourite,
    from some round on, again and again.
    """

    def __init__(self, voters, changing, final, seed):
        self._ballots = changing, final
        self._failures = []
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(
                target=self._run, args=(voters[number::VOTERS_AT_ONCE], random.Random(f"{seed} {number}"))
            )
            for number in range(VOTERS_AT_ONCE)
        ]
        for thread in self._threads:
            thread.start()

    def _run(self, voters, dice):
        try:
            while not self._stop.is_set():
                self._round(voters, dice, share=0.25)
            self._round(voters, dice, share=1)
        except Exception as failure:  # noqa: BLE001 - reported by the test's own thread
            self._failures.append(failure)

    def _round(self, voters, dice, share):
        changing, final = self._ballots
        for voter in voters:
            voter.cast(changing, dice.choice(FLAVOURS))
            if dice.random() < share:
                voter.cast(final, voter.favourite)

    def finish(self):
        self._stop.set()
        for thread in self._threads:
            thread.join(PATIENCE_SECONDS)
        assert self._failures == []


@pytest.mark.parametrize(
    ("kind", "settings"),
    [("sqlite", {"server": "waitress"}), ("postgresql", {"server": "granian", "processes": 2})],
)
def test_a_killed_server_loses_no_acknowledged_vote_and_doubles_none(templates, tmp_path, kind, settings):
    seed = random.randrange(2**32)
    dice = random.Random(seed)
    with serving(templates.database(kind, tmp_path), tmp_path, log_level="error", **settings) as server:
        portal = Portal(server)
        town = portal.town(MEMBERS)
        voters = [Voter(member, dice.choice(FLAVOURS)) for member in town.members]
        changing = portal.ballot(town, method="plurality")
        final = portal.ballot(town, method="plurality", vote_change=False, early_close=True)
        casting = Casting(voters, changing, final, seed)
        for _ in range(KILLS):
            time.sleep(dice.uniform(0.2, 0.8))
            server.kill()
            server.start()
        casting.finish()
        assert sum(voter.unanswered for voter in voters) > 0, "no kill met a cast"

        for ballot in (changing, final):
            assert_the_log_is_what_was_acknowledged(log_of(town, ballot), voters, ballot, seed)
            turnout = town.owner.ok("GET", f"{ballot}/turnout")
            assert (turnout["voters"], turnout["roll_size"]) == (MEMBERS, MEMBERS)
        result = town.owner.ok("POST", f"{final}/close")
        assert result["turnout"]["voters"] == MEMBERS
        assert totals_of(result) == Counter(voter.favourite for voter in voters), seed


def log_of(town, ballot):
    text = town.owner.call("GET", f"{ballot}/log?format=jsonl").text
    return [json.loads(line) for line in text.splitlines()]


def totals_of(result):
    return {option: int(total) for option, total in result["count"]["totals"].items() if int(total)}


def assert_the_log_is_what_was_acknowledged(lines, voters, ballot, seed):
    """Compare the log with the receipts, tracker by tracker.

    Whoever got no answer sent the same choice again and was acknowledged in the end: a cast in the log that no
    receipt names is a doubled one.
    """
    by_tracker = {line["tracker"]: line for line in lines}
    assert len(by_tracker) == len(lines), seed
    assert by_tracker.keys() == {t for voter in voters for t in voter.receipts[ballot]}, seed
    for voter in voters:
        own = {tracker: by_tracker[tracker] for tracker in voter.receipts[ballot]}
        for tracker, receipt in voter.receipts[ballot].items():
            for name in ("revision", "digest", "choice", "cast_at"):
                assert own[tracker][name] == receipt[name], (seed, tracker, name)
        assert len({line["member"] for line in own.values()}) == 1, seed
        by_revision = sorted(own.values(), key=lambda line: line["revision"])
        assert [line["revision"] for line in by_revision] == list(range(1, len(own) + 1)), seed
        assert [line["counts"] for line in by_revision] == [False] * (len(own) - 1) + [True], seed
