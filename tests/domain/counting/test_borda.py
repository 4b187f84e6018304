"""Borda: published totals, equal ranks, and three meanings of a short ballot."""

from fractions import Fraction

import pytest
from hypothesis import given

from app.domain.counting import LotOrder
from tests.domain.counting.elections import CITIES, CYCLE, OPTIONS, TENNESSEE, counted, elections, grouped

ABCD = tuple("abcd")


def test_tennessee_chooses_nashville_with_194_points():
    # https://en.wikipedia.org/wiki/Borda_count
    result = counted("borda", TENNESSEE, CITIES)
    assert result.winners == ("nashville",)
    assert dict(result.totals) == {
        "memphis": "126",
        "nashville": "194",
        "chattanooga": "173",
        "knoxville": "107",
    }


def test_the_cycle_of_snapshot_and_liquidfeedback_ties_a_and_b():
    for seed in range(6):
        lot = LotOrder("b7", bytes([seed]), ("a", "b", "c"))
        result = counted("borda", CYCLE, ("a", "b", "c"), tie_order=lot)
        assert dict(result.totals) == {"a": "10", "b": "10", "c": "7"}
        (tie,) = result.ties
        assert (tie.options, tie.value, tie.decided_by) == (("a", "b"), "10", "lot")
        assert result.winners == (next(option for option in lot.order if option != "c"),)


@pytest.mark.parametrize(
    ("text", "unranked", "points"),
    [
        ("a>b>c>d", "share", ["3", "2", "1", "0"]),
        ("a>b=c>d", "share", ["3", "3/2", "3/2", "0"]),
        ("a=b=c=d", "share", ["3/2", "3/2", "3/2", "3/2"]),
        ("a", "share", ["3", "1", "1", "1"]),
        ("a>b", "share", ["3", "2", "1/2", "1/2"]),
        ("a>b", "nothing", ["3", "2", "0", "0"]),
        ("a=b", "nothing", ["5/2", "5/2", "0", "0"]),
        ("a>b", "modified", ["2", "1", "0", "0"]),
        ("a", "modified", ["1", "0", "0", "0"]),
        ("a>b=c", "modified", ["3", "3/2", "3/2", "0"]),
        ("a>b>c>d", "modified", ["4", "3", "2", "1"]),
    ],
)
def test_what_one_ballot_gives(text, unranked, points):
    result = counted("borda", {text: 1}, ABCD, unranked=unranked)
    assert list(result.totals.values()) == points


def test_an_option_nobody_ranks_is_not_elected_whatever_points_it_shares():
    result = counted("borda", {"a": 3}, ABCD, seats=2)
    assert result.totals["b"] == "3"
    assert result.winners == ("a",)


@given(elections(methods=("borda",), min_votes=1))
def test_shared_points_add_up_to_what_full_rankings_give(election):
    question, votes = election
    result = counted("borda", grouped(votes), **question.settings)
    points = sum(map(Fraction, result.totals.values()))
    valid = sum(weight for _, weight in votes)
    full = valid * len(OPTIONS) * (len(OPTIONS) - 1) // 2
    if question.settings["unranked"] == "share":
        assert points == full
    else:
        assert 0 <= points <= valid * len(OPTIONS) * (len(OPTIONS) + 1) // 2


@given(elections(methods=("borda",), min_votes=1).filter(lambda e: e[0].settings["unranked"] == "share"))
def test_the_points_are_the_sums_of_the_pairwise_matrix(election):
    # Borda's points are a row of the pairwise matrix, plus half of every tie between two options.
    question, votes = election
    borda = counted("borda", grouped(votes), **question.settings)
    rows = counted("schulze", grouped(votes)).tables["pairwise"]
    valid = int(borda.valid)
    for one in OPTIONS:
        row = sum(
            Fraction(valid + int(rows[one][other]) - int(rows[other][one]), 2)
            for other in OPTIONS
            if other != one
        )
        assert Fraction(borda.totals[one]) == row
