"""Majority judgment: published examples, and grades removed one by one."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.counting import LotOrder, StatedOrder, parse
from app.domain.counting.scored.majority_value import middle_grade, turning_points
from tests.domain.counting.elections import CITIES, GRADES, OPTIONS, counted, elections, grouped, texts

FOUR = ["excellent", "good", "fair", "poor"]


def judged(choices, options, grades=None, tie_order=None):
    settings = {"grades": grades or list(GRADES)}
    ballots = texts("majority_judgment", choices, options, **settings)
    return counted("majority_judgment", ballots, options, tie_order=tie_order, **settings)


def test_tennessee_removes_sixteen_fair_grades_and_chooses_nashville():
    # https://en.wikipedia.org/wiki/Majority_judgment: Nashville, Chattanooga and Knoxville have the median Fair;
    # Fair ratings are removed from all three until their medians become different.
    result = judged(
        [
            ({"memphis": "excellent", "nashville": "fair", "chattanooga": "poor", "knoxville": "poor"}, 42),
            ({"memphis": "poor", "nashville": "excellent", "chattanooga": "fair", "knoxville": "fair"}, 26),
            ({"memphis": "poor", "nashville": "fair", "chattanooga": "excellent", "knoxville": "good"}, 15),
            ({"memphis": "poor", "nashville": "fair", "chattanooga": "good", "knoxville": "excellent"}, 17),
        ],
        CITIES,
        FOUR,
    )
    assert result.winners == ("nashville",)
    shared = result.rounds[0].statements[-1]
    assert shared.values == {"options": ("nashville", "chattanooga", "knoxville"), "grade": "fair"}
    removal = result.rounds[1].statements[0]
    assert removal.values["removed"] == "16"
    assert removal.values["grades"] == {"nashville": "fair", "chattanooga": "poor", "knoxville": "poor"}
    assert dict(result.tables["grades"]["knoxville"]) == {
        "poor": "42",
        "fair": "26",
        "good": "15",
        "excellent": "17",
    }


def test_of_two_with_the_median_fair_the_one_whose_next_middle_grade_is_better_wins():
    # Wikipedia, "Majority judgment", of 2016: X (Good, Good, Fair, Poor) beats Y (Excellent, Fair, Fair, Fair).
    x, y = ("good", "good", "fair", "poor"), ("excellent", "fair", "fair", "fair")
    result = judged([({"x": a, "y": b}, 1) for a, b in zip(x, y, strict=True)], ("x", "y"), FOUR)
    assert result.winners == ("x",)
    assert result.rounds[1].figures == {"removed": "1"}
    assert result.rounds[1].statements[0].values["grades"] == {"x": "good", "y": "fair"}


def test_the_middle_of_an_even_number_is_the_lower_grade():
    result = judged([({"x": "good"}, 5), ({"x": "poor"}, 5)], ("x", "y"))
    assert result.rounds[0].statements[0].values["grade"] == "poor"


@pytest.mark.parametrize("order", list(permutations(("x", "y", "z"))))
def test_options_graded_alike_throughout_fall_to_the_tie_order(order):
    choices = [({"x": "good", "y": "poor"}, 3), ({"x": "poor", "y": "good"}, 3)]
    result = judged(choices, ("x", "y", "z"), tie_order=StatedOrder(order))
    (tie,) = result.ties
    assert (tie.options, tie.value, tie.decided_by) == (("x", "y"), "poor", "stated_order")
    assert result.winners == (next(option for option in order if option != "z"),)
    assert result.figures["ranking"] == "x=y>z"


def test_the_lot_decides_between_options_graded_alike():
    for seed in range(6):
        lot = LotOrder("b7", bytes([seed]), ("x", "y"))
        result = judged([({"x": "good", "y": "good"}, 1)], ("x", "y"), tie_order=lot)
        assert result.winners == lot.order[:1]


def test_an_option_nobody_grades_above_the_worst_cannot_win():
    assert judged([({"x": "reject"}, 3)], ("x", "y")).winners == ()
    # The majority grade of x is the worst, but somebody thinks better of it.
    assert judged([({"x": "reject"}, 3), ({"x": "poor"}, 1)], ("x", "y")).winners == ("x",)


def test_weights_no_loop_could_remove_one_by_one_are_compared_exactly():
    # Both have the median good; x has one unit more above it than y, which shows at the far end only.
    token = 10**24
    result = judged(
        [
            ({"x": "excellent", "y": "excellent"}, token),
            ({"x": "excellent", "y": "good"}, 1),
            ({"x": "good", "y": "good"}, token),
            ({"x": "poor", "y": "poor"}, token),
        ],
        ("x", "y"),
    )
    assert result.winners == ("x",)
    # n = 3e24 + 1; the place above the removed run reaches x's excellent after 2 (2e24) - n + 1 removals.
    assert result.rounds[1].figures == {"removed": str(token)}


def one_by_one(grades):
    """Return the middle grades that appear as the middle one is removed again and again."""
    left, seen = sorted(grades), []
    while left:
        seen.append(left.pop((len(left) - 1) // 2))
    return seen


@given(st.lists(st.integers(0, 3), min_size=1, max_size=24))
def test_the_middle_grade_after_every_removal_is_the_one_found_by_removing(grades):
    up_to = [sum(grade <= limit for grade in grades) for limit in range(4)]
    assert [middle_grade(up_to, removed) for removed in range(len(grades))] == one_by_one(grades)


@given(
    st.integers(1, 16).flatmap(
        lambda n: st.lists(st.lists(st.integers(0, 3), min_size=n, max_size=n), min_size=2, max_size=4)
    )
)
def test_the_turning_points_suffice_to_compare_any_options(profiles):
    up_to = [[sum(grade <= limit for grade in grades) for limit in range(4)] for grades in profiles]
    points = turning_points(up_to, len(profiles[0]))
    at_points = [[middle_grade(counts, removed) for removed in points] for counts in up_to]
    for (short, full), (other_short, other_full) in permutations(
        zip(at_points, map(one_by_one, profiles), strict=True), 2
    ):
        assert (short < other_short) == (full < other_full)


@given(elections(methods=("majority_judgment",), weight=st.integers(1, 5), min_votes=1))
def test_the_winner_is_the_one_found_by_removing_grades_one_by_one(election):
    question, votes = election
    result = counted("majority_judgment", grouped(votes))
    values = {}
    for option in OPTIONS:
        grades = [dict(parse(question, text)).get(option, 0) for text, weight in votes for _ in range(weight)]
        if any(grades):
            values[option] = one_by_one(grades)
    best = [option for option in values if values[option] == max(values.values())]
    assert result.winners == tuple(best[:1])
    assert [tie.options for tie in result.ties] == ([tuple(best)] if len(best) > 1 else [])
