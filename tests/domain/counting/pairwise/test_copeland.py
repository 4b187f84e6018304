"""Copeland: matches won, and the stated ways out of its frequent ties."""

from itertools import permutations

from app.domain.counting import LotOrder, StatedOrder
from tests.domain.counting.elections import CITIES, CYCLE, SCHULZE, TENNESSEE, counted

ABC = ("a", "b", "c")


def test_tennessee_chooses_nashville_with_three_matches():
    result = counted("copeland", TENNESSEE, CITIES)
    assert result.winners == ("nashville",)
    assert list(result.totals.values()) == ["0", "3", "2", "1"]


def test_schulzes_45_voters_give_e_most_matches():
    result = counted("copeland", SCHULZE, tuple("abcde"))
    assert result.figures["ranking"] == "e>a=b=c>d"


def test_a_cycle_ties_all_and_the_margins_leave_a_and_b_to_the_tie_order():
    # The vector of Snapshot and LiquidFeedback: A and B tie (Borda 10, 10, 7), and a stated rule must decide.
    for order in permutations(ABC):
        result = counted("copeland", CYCLE, ABC, tie_order=StatedOrder(order))
        (tie,) = result.ties
        assert tie.options == ABC
        assert (tie.steps[0].rule, tie.steps[0].left) == ("margins", ("a", "b"))
        assert dict(tie.steps[0].values) == {"a": "2", "b": "2", "c": "-4"}
        assert result.winners == (next(option for option in order if option != "c"),)


def test_the_tie_order_alone_decides_where_the_rule_says_so():
    result = counted("copeland", CYCLE, ABC, tie_order=StatedOrder(("c", "b", "a")), ties="tie_order")
    assert result.winners == ("c",)
    assert [step.rule for step in result.ties[0].steps] == ["stated_order"]


def test_a_tied_match_counts_half_for_both():
    result = counted("copeland", {"a>b>c": 1, "b>a>c": 1}, ABC)
    assert dict(result.totals) == {"a": "3/2", "b": "3/2", "c": "0"}


def test_the_margins_can_decide_without_the_tie_order():
    # A and B win one match each against C and tie with each other; A beats C by more.
    ballots = {"a>b": 2, "b>a": 2, "c": 1, "a>c": 1, "b": 1}
    result = counted("copeland", ballots, ABC, tie_order=StatedOrder(("c", "b", "a")))
    (tie,) = result.ties
    assert (tie.decided_by, tie.chosen) == ("margins", "a")


def test_the_lot_decides_what_margins_do_not():
    for seed in range(8):
        lot = LotOrder("b7", bytes([seed]), ABC)
        result = counted("copeland", CYCLE, ABC, tie_order=lot)
        assert result.ties[0].decided_by == "lot"
        assert result.winners == (next(option for option in lot.order if option != "c"),)
