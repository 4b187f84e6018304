"""What the database says has not vested is what the domain says, at every instant."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from app.db.clock import database_clock
from app.domain.ledger import GREATEST_DURATION, GREATEST_SUPPLY, VestingSchedule
from app.models.communities import Community
from app.models.tokens import TokenAccount, TokenSchedule
from app.services.tokens.opening import open_ledger
from app.services.tokens.vesting_sql import unvested_by_account

START = dt.datetime(2026, 3, 29, 0, 59, 59, tzinfo=dt.UTC)
LONG_AGO = dt.datetime(1900, 1, 1, tzinfo=dt.UTC)
MICROSECOND = dt.timedelta(microseconds=1)
SECOND = dt.timedelta(seconds=1)


@pytest.fixture
def account(units):
    community_id, account_id = uuid.uuid4(), uuid.uuid4()
    with units.write() as session:
        session.add(
            Community(id=community_id, slug="town", name="Town", created_at=START, allowed_origins=[])
        )
        session.flush()
        open_ledger(session, community_id, START)
        session.add(
            TokenAccount(id=account_id, community_id=community_id, name="a", owner="nobody", created_at=START)
        )
    return community_id, account_id


def told(units, account, schedules, instants):
    """Return what the database says of some schedules, which are kept for no longer than that."""
    community_id, account_id = account
    with units.scratch() as session:
        session.add_all(
            TokenSchedule(
                community_id=community_id,
                position=1000 + number,
                account_id=account_id,
                amount=schedule.amount,
                starts_at=schedule.starts_at,
                duration=schedule.duration,
                cliff=schedule.cliff,
            )
            for number, schedule in enumerate(schedules)
        )
        session.flush()
        dialect = session.get_bind().dialect.name
        return [
            session.execute(sa.select(unvested_by_account(dialect, community_id, at).c.unvested)).scalar()
            for at in instants
        ]


@st.composite
def cases(draw: st.DrawFn) -> tuple[VestingSchedule, list[dt.datetime]]:
    duration = draw(st.one_of(st.integers(1, 100), st.integers(1, GREATEST_DURATION)))
    cliff = draw(st.one_of(st.just(0), st.just(duration), st.integers(0, duration)))
    amount = draw(st.one_of(st.integers(1, 100), st.integers(1, GREATEST_SUPPLY)))
    start = START + draw(st.integers(-(10**9), 10**9)) * SECOND
    edges = st.sampled_from([0, cliff, duration, 1])
    elapsed = draw(st.lists(st.one_of(edges, st.integers(-5, duration + 5)), min_size=1, max_size=4))
    fractions = st.sampled_from([0, 1, 499_999, 500_000, 999_499, 999_500, 999_999, -1])
    instants = [start + each * SECOND + draw(fractions) * MICROSECOND for each in elapsed]
    return VestingSchedule(amount, start, duration, cliff), instants


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(
    (VestingSchedule(GREATEST_SUPPLY, START, GREATEST_DURATION), [START + (GREATEST_DURATION - 1) * SECOND])
)
@example(
    (VestingSchedule(1, START, 1), [START - MICROSECOND, START, START + SECOND - MICROSECOND, START + SECOND])
)
@example(
    (
        VestingSchedule(10, dt.datetime(1900, 1, 1, tzinfo=dt.UTC), 60),
        [dt.datetime(1900, 1, 1, 0, 0, 30, 1, dt.UTC)],
    )
)
@given(case=cases())
def test_the_database_computes_what_the_domain_does(units, account, case):
    schedule, instants = case
    assert told(units, account, [schedule], instants) == [schedule.unvested(at) for at in instants]


def test_schedules_of_one_account_add_up(units, account):
    schedules = [
        VestingSchedule(100, START, 100),
        VestingSchedule(7, START, 10, 10),
        VestingSchedule(1, START, 1),
    ]
    instants = [START + seconds * SECOND for seconds in (0, 5, 10, 99, 100)]
    assert told(units, account, schedules, instants) == [
        sum(schedule.unvested(at) for schedule in schedules) for at in instants
    ]


def test_a_clock_is_read_once_for_all_rows(units, account, clock):
    now = clock.stop(START + 50 * SECOND)
    schedules = [VestingSchedule(100, START, 100)] * 3
    assert told(units, account, schedules, [database_clock()]) == [sum(s.unvested(now) for s in schedules)]
