"""Score voting: sums, means, and what a missing score means."""

import pytest
from hypothesis import given

from app.domain.counting import LotOrder, StatedOrder, parse
from tests.domain.counting.elections import OPTIONS, counted, elections, grouped

ABC = ("a", "b", "c")


def test_the_highest_sum_wins_and_sum_and_mean_are_exact():
    result = counted("score", {"a:5,b:3": 2, "b:5": 1, "c:4": 1}, ABC)
    assert result.winners == ("b",)
    assert dict(result.totals) == {"a": "10", "b": "11", "c": "4"}
    assert result.tables["scores"] == {
        "a": {"sum": "10", "scored_by": "4", "mean": "5/2"},
        "b": {"sum": "11", "scored_by": "4", "mean": "11/4"},
        "c": {"sum": "4", "scored_by": "4", "mean": "1"},
    }


def test_a_missing_score_may_count_for_nothing_and_the_mean_decide():
    ballots = {"a:5,b:3": 2, "b:4": 1, "c:0": 3}
    settings = {"missing_score": "nothing", "decides": "mean"}
    result = counted("score", ballots, ABC, **settings)
    assert result.winners == ("a",)
    assert dict(result.totals) == {"a": "5", "b": "10/3", "c": "0"}
    # A third of the weight has scored A, half B.
    guarded = counted("score", ballots, ABC, scored_by="1/2", **settings)
    assert guarded.winners == ("b",)
    assert counted("score", ballots, ABC, scored_by="1/3", **settings).winners == ("a",)


def test_an_option_nobody_scored_has_no_mean():
    result = counted("score", {"a:5": 1}, ABC, missing_score="nothing", decides="mean")
    assert result.tables["scores"]["b"] == {"sum": "0", "scored_by": "0", "mean": ""}
    assert result.totals["b"] == "0"


def test_scores_below_zero_count_against():
    result = counted("score", {"a:5,c:4": 1, "b:1": 1}, ABC, lowest_score=-5, seats=3)
    assert dict(result.totals) == {"a": "0", "b": "-4", "c": "-1"}
    assert result.winners == ("a", "c", "b")


def test_an_option_nobody_scores_above_the_lowest_is_not_elected():
    assert counted("score", {"a:0": 3}, ABC).winners == ()
    assert counted("score", {"a:1": 3}, ABC, seats=2).winners == ("a",)
    assert counted("score", {"a:-5": 3, "b:-4": 1}, ABC, lowest_score=-5, seats=2).winners == ("b",)


@pytest.mark.parametrize("decides", ["sum", "mean"])
def test_equal_totals_at_the_last_seat_fall_to_the_lot(decides):
    for seed in range(8):
        lot = LotOrder("b7", bytes([seed]), ABC)
        result = counted("score", {"a:5,b:5": 1}, ABC, tie_order=lot, decides=decides)
        (tie,) = result.ties
        assert (tie.options, tie.value, tie.decided_by) == (("a", "b"), "5", "lot")
        assert result.winners == (next(option for option in lot.order if option != "c"),)


def test_equal_totals_elected_together_are_only_put_in_order():
    result = counted("score", {"a:5,b:5": 1}, ABC, seats=2, tie_order=StatedOrder(("b", "a", "c")))
    assert result.winners == ("b", "a")
    assert [tie.purpose for tie in result.ties] == ["order"]


@given(elections(methods=("score",), min_votes=1))
def test_sums_and_means_agree_with_ballots_looked_at_one_by_one(election):
    question, votes = election
    result = counted("score", grouped(votes), **question.settings)
    lowest = question.settings.get("lowest_score", 0)
    ignored = question.settings.get("missing_score") == "nothing"
    for option in OPTIONS:
        scores = [(dict(parse(question, text)).get(option), weight) for text, weight in votes]
        if ignored:
            scores = [(score, weight) for score, weight in scores if score is not None]
        scores = [(lowest if score is None else score, weight) for score, weight in scores]
        row = result.tables["scores"][option]
        assert int(row["sum"]) == sum(score * weight for score, weight in scores)
        assert int(row["scored_by"]) == sum(weight for _, weight in scores)
