from __future__ import annotations

import datetime as dt
import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.boards.ranking import (
    DOUBLING,
    PRIME,
    draw_of,
    fair_weight,
    log2_thousandths,
    rising_key,
    shuffle_of,
)

POSTED = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
DAY = dt.date(2026, 11, 22)


@given(st.integers(1, 2**53))
def test_the_logarithm_is_exact_to_the_thousandth(number):
    k = log2_thousandths(number)
    assert 2**k <= number**1000 < 2 ** (k + 1)


@pytest.mark.parametrize(("support", "worth"), [(0, 0), (1, 1), (3, 2), (7, 3), (1023, 10)])
def test_each_doubling_of_support_is_worth_a_day(support, worth):
    key = rising_key(POSTED, support)
    assert key == rising_key(POSTED + worth * DOUBLING, 0)
    assert key == int(POSTED.timestamp() * 1000) + worth * 86_400_000


@given(st.integers(0, 10**9), st.timedeltas(dt.timedelta(0), dt.timedelta(days=300_000)))
def test_support_never_lowers_an_idea_and_age_never_raises_it(support, later):
    posted = POSTED + later
    assert rising_key(posted, support + 1) >= rising_key(posted, support)
    assert rising_key(posted + dt.timedelta(milliseconds=1), support) > rising_key(posted, support)
    assert abs(rising_key(posted, support)) < 2**53


@pytest.mark.parametrize("opinions", [*range(130), 1_000, 10**6])
def test_the_fair_weight_is_the_term_of_polis_rounded_down(opinions):
    exact = 1000 * (1 + 8 * math.pow(2, -opinions / 5))
    assert fair_weight(opinions) in {math.floor(exact), math.floor(exact + 1e-6)}
    assert 1000 <= fair_weight(opinions) <= 9000
    assert fair_weight(opinions) >= fair_weight(opinions + 1)


def test_a_shuffle_is_one_order_a_reader_a_day_and_a_board():
    orders = {
        (who, day, board): shuffle_of(who, day, board)
        for who in ("ada", "ben")
        for day in (DAY, DAY + dt.timedelta(days=1))
        for board in ("x", "y")
    }
    assert len(set(orders.values())) == len(orders)
    assert shuffle_of("ada", DAY, "x") == orders["ada", DAY, "x"]
    assert all(0 < each.factor < PRIME and 0 <= each.shift < PRIME for each in orders.values())


def test_places_stay_within_what_both_databases_count_exactly():
    greatest = (PRIME - 1) * (PRIME - 1) + PRIME - 1
    assert greatest < 2**63
    assert (PRIME - 1) * 1000 < 2**63


def test_new_ideas_come_first_more_often_and_old_ones_have_their_turn():
    """Of one idea that nobody judged and nine that everybody knows: first far more often than one day in ten."""
    ideas = [f"idea {n}" for n in range(10)]
    weights = [fair_weight(0), *[fair_weight(100)] * 9]
    firsts: Counter[int] = Counter()
    for n in range(2_000):
        shuffle = shuffle_of(f"reader {n}", DAY, "board")
        places = [shuffle.place(draw_of(idea), weight) for idea, weight in zip(ideas, weights, strict=True)]
        firsts[places.index(min(places))] += 1
    assert 0.5 < firsts[0] / 2_000 < 0.9
    assert all(firsts[n] > 0 for n in range(10))


def test_among_equals_everyone_is_first_equally_often():
    ideas = [draw_of(f"idea {n}") for n in range(10)]
    firsts: Counter[int] = Counter()
    for n in range(3_000):
        shuffle = shuffle_of(f"reader {n}", DAY, "board")
        firsts[min(range(10), key=lambda place: shuffle.place(ideas[place], 9_000))] += 1
    assert all(220 < count < 380 for count in firsts.values())
