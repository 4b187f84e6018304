"""Vesting: a cliff, a line, and everything at the end."""

import datetime as dt
from fractions import Fraction
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.ledger import GREATEST_DURATION, GREATEST_SUPPLY, VestingSchedule
from tests.domain.ledger.instants import NOON, later


@pytest.mark.parametrize(
    ("seconds", "vested"),
    [(-5, 0), (0, 0), (249, 0), (250, 25), (259, 25), (260, 26), (999, 99), (1000, 100), (9999, 100)],
)
def test_nothing_before_the_cliff_then_from_the_start_and_all_at_the_end(seconds, vested):
    schedule = VestingSchedule(100, NOON, duration=1000, cliff=250)
    assert schedule.vested(later(seconds)) == vested
    assert schedule.unvested(later(seconds)) == 100 - vested


def test_the_remainder_is_released_at_the_end():
    schedule = VestingSchedule(10, NOON, duration=3)
    assert [schedule.vested(later(seconds)) for seconds in range(4)] == [0, 3, 6, 10]


def test_a_cliff_at_the_end_releases_everything_at_once():
    schedule = VestingSchedule(10, NOON, duration=100, cliff=100)
    assert [schedule.vested(later(seconds)) for seconds in (99, 99.999, 100)] == [0, 0, 10]


def test_a_second_counts_when_it_is_over():
    schedule = VestingSchedule(10, NOON, duration=10)
    assert [schedule.vested(later(seconds)) for seconds in (-0.001, 0.999, 1, 1.999)] == [0, 0, 1, 1]


schedules = st.integers(1, GREATEST_DURATION).flatmap(
    lambda duration: st.builds(
        VestingSchedule,
        st.integers(1, GREATEST_SUPPLY),
        st.just(NOON),
        st.just(duration),
        st.integers(0, duration),
    )
)


@given(schedules, st.lists(st.integers(-(10**5), GREATEST_DURATION + 1), min_size=2, max_size=8))
def test_what_has_vested_never_falls_and_is_the_line_rounded_down(schedule, instants):
    vested = [schedule.vested(later(seconds)) for seconds in sorted(instants)]
    assert vested == sorted(vested)
    for seconds, amount in zip(sorted(instants), vested, strict=True):
        if seconds < schedule.cliff:
            assert amount == 0
        elif seconds >= schedule.duration:
            assert amount == schedule.amount
        else:
            assert amount == floor(Fraction(schedule.amount * seconds, schedule.duration))
    assert schedule.vested(schedule.ends_at) == schedule.amount


@given(schedules, st.data())
def test_a_database_finds_the_same_with_whole_numbers_of_64_bits(schedule, data):
    elapsed = data.draw(st.integers(0, schedule.duration - 1))
    whole, rest = divmod(schedule.amount, schedule.duration)
    parts = (whole * elapsed, rest * elapsed)
    assert max(parts) < 2**63
    assert GREATEST_DURATION**2 < 2**63
    assert parts[0] + parts[1] // schedule.duration == schedule.amount * elapsed // schedule.duration


@pytest.mark.parametrize(
    "arguments",
    [
        {"amount": 0},
        {"amount": 2**53},
        {"amount": 1.0},
        {"duration": 0},
        {"duration": GREATEST_DURATION + 1},
        {"duration": 1.5},
        {"cliff": -1},
        {"cliff": 101},
        {"starts_at": dt.datetime(2026, 1, 1)},  # noqa: DTZ001 - what is refused
        {"starts_at": later(0.5)},
        {"starts_at": dt.datetime(9999, 12, 31, 23, 59, tzinfo=dt.UTC)},
    ],
)
def test_a_schedule_that_says_nothing_is_refused(arguments):
    with pytest.raises(ValueError, match=r"amount|duration|cliff|start|year"):
        VestingSchedule(**({"amount": 1, "starts_at": NOON, "duration": 100, "cliff": 0} | arguments))
