from __future__ import annotations

import datetime as dt
import itertools

import pytest

from app.domain.lifecycle import (
    BALLOT_CLOCK,
    BALLOT_LIFECYCLE,
    BALLOT_TRANSITIONS,
    BallotAction,
    BallotState,
    BallotTimes,
    ballot_state,
)

OPENS = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
CLOSES = OPENS + dt.timedelta(days=7)
TICK = dt.timedelta(milliseconds=1)
AGREED = {
    "update": "draft",
    "delete": "draft",
    "open": "draft",
    "cast": "open",
    "extend": "open",
    "suspend": "open",
    "resume": "open",
    "close": "open closed",
    "certify": "closed",
}


@pytest.mark.parametrize(
    ("action", "state"), list(itertools.product(BallotAction, BallotState)), ids=lambda value: value.value
)
def test_an_action_is_legal_exactly_where_agreed(action, state):
    assert (state in BALLOT_LIFECYCLE[action]) == (state in AGREED[action].split())


def test_each_action_has_one_row():
    assert [row.action for row in BALLOT_TRANSITIONS] == list(BallotAction)


def test_every_state_can_be_reached_from_a_draft_and_only_a_draft_can_be_deleted():
    found = {BallotState.DRAFT}
    moves = {(s, t) for row in BALLOT_TRANSITIONS for s in row.sources for t in row.targets}
    moves |= {(passage.source, passage.target) for passage in BALLOT_CLOCK}
    for _ in BallotState:
        found |= {target for source, target in moves if source in found}
    assert found == set(BallotState)
    assert [row.sources for row in BALLOT_TRANSITIONS if row.removes] == [{BallotState.DRAFT}]


@pytest.mark.parametrize(
    ("now", "state"),
    [
        (OPENS - TICK, "scheduled"),
        (OPENS, "open"),
        (CLOSES - TICK, "open"),
        (CLOSES, "closed"),
        (CLOSES + TICK, "closed"),
    ],
)
def test_time_moves_an_opened_ballot_along_the_passages(now, state):
    assert ballot_state(BallotTimes(OPENS - TICK, OPENS, CLOSES), now) == state


def test_time_moves_no_draft():
    assert ballot_state(BallotTimes(None, OPENS, CLOSES), CLOSES) is BallotState.DRAFT


def test_the_passages_follow_each_other_in_time():
    instants = {"opens_at": OPENS, "closes_at": CLOSES}
    for passage in BALLOT_CLOCK:
        at = instants[passage.title]
        times = BallotTimes(OPENS - TICK, OPENS, CLOSES)
        assert ballot_state(times, at - TICK) is passage.source
        assert ballot_state(times, at) is passage.target
