"""Cumulative, weighted split and quadratic: sums of what ballots divide."""

from fractions import Fraction

import pytest
from hypothesis import given

from app.domain.counting import LotOrder, parse
from tests.domain.counting.elections import OPTIONS, counted, elections, grouped, texts

ABC = ("a", "b", "c")


def test_cumulative_adds_points_times_weight():
    result = counted("cumulative", {"a:7,b:3": 2, "b:10": 1}, ABC)
    assert dict(result.totals) == {"a": "14", "b": "16", "c": "0"}
    assert result.winners == ("b",)
    assert result.figures == {"points_given": "30"}


def test_cumulative_fills_several_seats_and_leaves_one_empty_rather_than_elect_without_a_point():
    assert counted("cumulative", {"a:7,b:3": 2}, ABC, seats=3).winners == ("a", "b")


def test_quadratic_votes_are_bought_at_their_square():
    # 100 credits: 10 votes for one option, or 7 and 7 for 98.
    ballots = texts("quadratic", [({"a": 10}, 1), ({"b": 7, "c": 7}, 1), ({"b": 1}, 1)], ABC)
    result = counted("quadratic", ballots, ABC)
    assert dict(result.totals) == {"a": "10", "b": "8", "c": "7"}
    assert result.figures == {"credits_spent": "199"}
    assert result.winners == ("a",)


def test_a_minority_that_cares_can_outvote_a_majority_that_does_not():
    assert counted("quadratic", {"a:3": 30, "b:10": 10}, ABC).winners == ("b",)


def test_a_split_gives_exact_shares_of_the_weight():
    # Snapshot's weighted voting: shares in any proportion, here thirds.
    result = counted("weighted_split", {"a:2,b:1": 2, "c:1": 1}, ABC)
    assert dict(result.totals) == {"a": "4/3", "b": "2/3", "c": "1"}
    assert result.allocation == {"a": "4/9", "b": "2/9", "c": "1/3"}
    assert result.winners == ("a",)


def test_a_split_of_weights_beyond_64_bits_decides_by_a_fraction_of_one():
    token = 10**24
    result = counted("weighted_split", {"a:1,b:2": 3 * token, "a:1": token, "a:2,b:1": 1, "b:1,c:1": 1}, ABC)
    # Both get 2e24; then a two thirds, and b a third and a half.
    assert Fraction(result.totals["b"]) - Fraction(result.totals["a"]) == Fraction(1, 6)
    assert result.winners == ("b",)


@pytest.mark.parametrize(
    ("method", "ballots", "value"),
    [
        ("cumulative", {"a:5,b:5": 1}, "5"),
        ("quadratic", {"a:7,b:7": 1}, "7"),
        ("weighted_split", {"a:1,b:1": 1}, "1/2"),
    ],
)
def test_equal_totals_fall_to_the_lot(method, ballots, value):
    chosen = set()
    for seed in range(12):
        lot = LotOrder("b7", bytes([seed]), ABC)
        result = counted(method, ballots, ABC, tie_order=lot)
        (tie,) = result.ties
        assert (tie.options, tie.value, tie.decided_by) == (("a", "b"), value, "lot")
        chosen |= {*result.winners}
    assert chosen == {"a", "b"}


@given(elections(methods=("weighted_split",), min_votes=1))
def test_a_split_gives_away_exactly_what_there_is(election):
    question, votes = election
    result = counted("weighted_split", grouped(votes))
    assert sum(map(Fraction, result.totals.values())) == int(result.valid)
    assert sum(map(Fraction, result.allocation.values())) == 1
    for option in OPTIONS:
        slow = Fraction(0)
        for text, weight in votes:
            shares = dict(parse(question, text))
            slow += Fraction(weight * shares.get(option, 0), sum(shares.values()))
        assert Fraction(result.totals[option]) == slow


@given(elections(methods=("cumulative", "quadratic"), min_votes=1))
def test_points_and_votes_agree_with_ballots_looked_at_one_by_one(election):
    question, votes = election
    result = counted(question.method, grouped(votes))
    for option in OPTIONS:
        given_to = sum(weight * dict(parse(question, text)).get(option, 0) for text, weight in votes)
        assert int(result.totals[option]) == given_to
