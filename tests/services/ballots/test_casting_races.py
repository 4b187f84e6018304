"""Votes that race with each other and with the close: each is in the result or refused, and one count is made."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import hashlib
import random
import threading
import time
from typing import Any

import pytest
import sqlalchemy as sa

from app.models.ballots import Cast
from app.services.ballots.voter_receipt import Receipt
from tests.services.ballots.booth import Booth, ballot_locked, shape, warm_up
from tests.services.ballots.deadlines import brief_ballot, sleep_until
from tests.services.ballots.situations import joins_late, leaves, loses_the_role, signs_out, votes
from tests.support import journal
from tests.support.portal import Person
from tests.support.races import answers_at_once


def test_votes_that_arrive_together_are_judged_one_by_one(portal):
    """Behind a lock they gather, and whatever the path makes of that, each gets the answer it would get alone."""
    booth = Booth(portal, voters=9)
    first, good, signed_out, left, same, changed, roleless, twice, late = booth.voters
    votes("mint")(booth, same)
    votes("lime")(booth, changed)
    for happens, voter in (
        (signs_out, signed_out),
        (leaves, left),
        (loses_the_role, roleless),
        (joins_late, late),
    ):
        happens(booth, voter)
    actors = {id(voter): booth.actor(voter) for voter in booth.voters}
    answers: dict[str, list[Receipt | None]] = {}

    def cast(name: str, voter: Person, choice: list[str]) -> None:
        made = booth.fast_casting.cast(actors[id(voter)], booth.community, booth.ballot, choice)
        answers.setdefault(name, []).append(made)

    mint = ["mint"]
    calls = [
        ("good", good, mint),
        ("signed out", signed_out, mint),
        ("left", left, mint),
        ("same", same, mint),
        ("changed", changed, mint),
        ("roleless", roleless, mint),
        ("late", late, mint),
        ("twice", twice, mint),
        ("twice", twice, ["lime"]),
    ]
    with ballot_locked(booth, booth.path):
        threads = [threading.Thread(target=cast, args=("first", first, mint))]
        threads += [threading.Thread(target=cast, args=call) for call in calls]
        for thread in threads:
            thread.start()
        time.sleep(0.3)
        # Whoever could not vote in any case need not wait to hear it.
        assert all(made == [None] for made in answers.values())
    for thread in threads:
        thread.join()
    for name, voter in (("first", first), ("good", good), ("changed", changed)):
        (receipt,) = answers[name]
        made = shape(booth, receipt, voter)
        assert (made["choice"], made["revision"]) == ("mint", 2 if name == "changed" else 1)
    for name in ("signed out", "left", "same", "roleless", "late"):
        assert answers[name] == [None], name
    kept = [receipt for receipt in answers["twice"] if receipt is not None]
    assert sorted(receipt.revision for receipt in kept) in ([1], [1, 2])
    with booth.units.read() as session:
        stored = session.scalars(sa.select(Cast.tracker).where(Cast.ballot_id == booth.ballot)).all()
    assert len(stored) == 2 + 3 + len(kept)


ROUNDS = 100


@dataclasses.dataclass
class Race:
    """Voters and closers around one deadline, and what each was told."""

    closer: Person
    path: str
    closes_at: dt.datetime
    choice: str
    accepted: list[str] = dataclasses.field(default_factory=list)
    refused: int = 0
    results: list[Any] = dataclasses.field(default_factory=list)

    def vote(self, voter: Person, offset: float) -> None:
        """Cast so many milliseconds after the deadline."""
        sleep_until(self.closes_at + dt.timedelta(milliseconds=offset))
        answer = voter.call("PUT", f"{self.path}/votes/me", {"choice": [self.choice]})
        if answer.status_code == 201:
            self.accepted.append(answer.get_json()["tracker"])
        else:
            assert answer.get_json()["type"] == "/problems/ballot-not-open", answer.text
            self.refused += 1

    def close(self) -> None:
        """Ask for the result until there is one."""
        sleep_until(self.closes_at - dt.timedelta(milliseconds=5))
        answer = self.closer.call("GET", f"{self.path}/result")
        while answer.status_code == 409:
            answer = self.closer.call("GET", f"{self.path}/result")
        assert answer.status_code == 200, answer.text
        self.results.append(answer.get_json())


def test_casts_that_race_with_the_close_are_in_the_result_or_refused(portal):
    booth = Booth(portal, voters=4)
    dice = random.Random(1)
    outcomes: set[bool] = set()
    warm_up(booth)
    for number in range(ROUNDS):
        path, closes_at = brief_ballot(booth, 60)
        race = Race(booth.town.owner, path, closes_at, ("mint", "lime", "plum")[number % 3])
        offsets = [dice.uniform(-20, 8) for _ in booth.voters]
        casts = [
            functools.partial(race.vote, voter, offset)
            for voter, offset in zip(booth.voters, offsets, strict=True)
        ]
        answers_at_once([*casts, race.close, race.close])
        assert len(race.accepted) + race.refused == 4
        first, second = race.results
        assert first == second
        lines = "".join(f"{tracker} 1 {race.choice}\n" for tracker in sorted(race.accepted))
        assert first["votes_digest"] == hashlib.sha256(lines.encode()).hexdigest()
        assert first["turnout"]["voters"] == len(race.accepted)
        outcomes |= {bool(race.accepted), not race.refused}
    assert outcomes == {True, False}, "the race was never close"


@pytest.mark.parametrize("readers", [12])
def test_of_many_who_ask_first_for_a_result_one_has_it_counted(portal, readers):
    booth = Booth(portal, voters=1)
    for _round in range(5):
        path, closes_at = brief_ballot(booth, 60)
        ask = functools.partial(booth.town.owner.call, "GET", f"{path}/result")
        sleep_until(closes_at + dt.timedelta(milliseconds=20))
        answers = answers_at_once([ask] * readers)
        assert {answer.status_code for answer in answers} == {200}, [a.text for a in answers]
        assert len({answer.get_json()["digest"] for answer in answers}) == 1
    closed = [e for e in journal.entries(booth.units) if e.said["action"] == "ballot.closed"]
    assert len(closed) == 5
