"""Meek's method: published examples to the last digit, and a count of single ballots by the reference rule."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.counting import LotOrder, StatedOrder
from tests.domain.counting.elections import OPTIONS, counted, elections, grouped

ABXYZ = tuple("abxyz")
# B. A. Wichmann, "The computational accuracy using the Meek algorithm", Voting matters 12 (2000).
ACCURACY = {
    "a>x": 333,
    "a>y": 333,
    "a>z": 333,
    "b>x": 333,
    "b>y": 333,
    "b>z": 333,
    "x": 667,
    "y": 667,
    "z": 667,
    "a>b>x": 1,
    "a>b>y": 1,
    "b>a>x": 2,
}


def meek(ballots, options=OPTIONS, seats=1, tie_order=None, precision=None):
    return counted(
        "stv", ballots, options, seats=seats, tie_order=tie_order, rules="meek", precision=precision
    )


def test_the_voting_matters_example_agrees_with_the_reference_rule_to_the_ninth_decimal():
    # Totals as the droop program counts it by the PR Foundation's reference rule, and breaks the tie of round 2:
    # github.com/jklundell/droop, test/ref/report/SC-Vm-12-meek-prf-o6-fixed-p9-d9.txt.
    order = StatedOrder(("a", "b", "y", "z", "x"))
    result = meek(ACCURACY, ABXYZ, 3, order, precision=9)
    assert list(result.rounds[1].totals.values()) == [
        "1000.750000126",
        "1000.750000126",
        "667.166666686",
        "667.166666562",
        "667.166666500",
    ]
    assert result.rounds[1].figures["surplus"] == "0.000000250"
    (tie,) = [tie for tie in result.ties if tie.purpose == "exclusion"]
    assert (tie.options, tie.chosen) == (("x", "y", "z"), "x")
    assert list(result.rounds[2].totals.values()) == [
        "800.584418564",
        "800.584418564",
        "0.000000000",
        "800.596982770",
        "800.556768208",
    ]
    assert (result.rounds[2].figures["quota"], result.rounds[2].exhausted) == (
        "800.580647027",
        "800.677411894",
    )
    assert result.winners == ("a", "b", "y")


def test_a_higher_precision_tells_the_three_apart():
    # In exact fractions Z is the lowest: droop, SC-Vm-12-meek-o10-rational-d12.txt.
    result = meek(ACCURACY, ABXYZ, 3, precision=30)
    assert [tie.purpose for tie in result.ties] == ["order"]
    assert result.rounds[2].subject == "z"
    assert {option: total[:16] for option, total in result.totals.items()} == {
        "a": "800.642779367875",
        "b": "800.642779367875",
        "x": "800.638465678226",
        "y": "800.558083370054",
        "z": "0.00000000000000",
    }
    assert result.winners == ("a", "b", "x")


@pytest.mark.parametrize(
    ("ballots", "second_round"),
    [
        ({"castor>pollux": 4, "pollux>helen": 2}, None),
        ({"castor>pollux": 4, "helen": 2}, ["2.000000004", "1.999999996", "2.000000000"]),
        (
            {"castor>pollux": 5, "pollux": 1, "helen": 3},
            ["3.000000005", "2.999999995", "3.000000000"],
        ),
    ],
)
def test_small_elections_agree_with_the_reference_rule(ballots, second_round):
    # droop, test/blt/42.blt and 513.blt; the first is a variation counted by hand.
    options = ("castor", "pollux", "helen")
    result = meek(ballots, options, 2, precision=9)
    if second_round is None:
        assert result.winners == ("castor", "pollux")
    else:
        assert list(result.rounds[1].totals.values()) == second_round
        assert result.winners == ("castor", "helen")


def test_a_vote_for_the_elected_keeps_flowing_past_them():
    # Under Gregory the ballots cola>mint>lime would skip the elected mint; Meek's mint takes its share first.
    ballots = {"mint>lime": 12, "cola>mint>lime": 3, "plum": 6, "lime": 1}
    result = meek(ballots, seats=2)
    before, after = result.rounds[-2], result.rounds[-1]
    assert Decimal(after.figures.get("keep_factor.mint", "1")) < 1
    assert before.number < after.number


def test_the_precision_is_stated_and_grows_with_the_weights():
    assert meek({"mint": 5, "lime": 4}).figures["precision"] == "9"
    assert meek({"mint": 10**24, "lime": 4}).figures["precision"] == "28"
    assert meek({"mint": 5, "lime": 4}, precision=12).figures["precision"] == "12"


def test_weights_beyond_64_bits_are_told_apart_by_one_after_a_transfer():
    token = 10**24
    ballots = {"mint>fig": 3 * token, "lime": token + 1, "plum": token, "fig": token - 7}
    result = meek(ballots, seats=2)
    assert [counted.subject for counted in result.rounds if counted.subject][:1] == ["cola"]
    assert "plum" in [counted.subject for counted in result.rounds]
    assert result.ties == ()


def test_a_tied_exclusion_looks_back_and_then_falls_to_the_lot():
    looked_back = meek({"mint": 40, "lime": 12, "plum": 11, "fig>plum": 1, "cola": 20}, seats=2)
    tie = next(tie for tie in looked_back.ties if tie.purpose == "exclusion")
    assert (tie.options, tie.chosen, tie.decided_by) == (("lime", "plum"), "plum", "earlier_round")
    chosen = set()
    for seed in range(10):
        lot = LotOrder("b7", bytes([seed]), ("mint", "lime", "plum"))
        result = meek({"mint": 5, "lime": 2, "plum": 2}, ("mint", "lime", "plum"), 2, lot)
        (tie,) = [tie for tie in result.ties if tie.purpose == "exclusion"]
        assert tie.decided_by == "lot"
        chosen.add(tie.chosen)
    assert chosen == {"lime", "plum"}


def test_as_many_seats_as_options_elect_everyone():
    result = meek({"mint": 10, "lime": 2, "plum": 1}, ("mint", "lime", "plum"), 3)
    assert result.winners == ("mint", "lime", "plum")
    assert len(result.rounds) == 1


def slow_meek(votes, seats, order):  # noqa: C901  the whole reference rule on one page
    """Count by the steps of the PR Foundation's Reference Meek Rule, ballot by ballot, in nine decimals."""
    unit = 10**9
    keep = dict.fromkeys(OPTIONS, unit)
    hopeful, elected, rounds, status = list(OPTIONS), [], [], "start"

    def ranked(history, chosen):
        return sorted(chosen, key=lambda o: ([then[o] for then in history], -order.index(o)))

    def up(dividend, divisor):
        return (dividend + divisor - 1) // divisor

    while True:
        last = None
        while True:
            totals = dict.fromkeys(OPTIONS, 0)
            for text, weight in votes:
                left = unit
                for option in text.split(">"):
                    part = up(left * keep[option], unit)
                    totals[option] += part * weight
                    left -= part
            quota = sum(totals.values()) // (seats + 1) + 1
            history = [totals, *rounds]
            reaching = [option for option in hopeful if totals[option] >= quota]
            surplus = max(0, sum(totals[option] - quota for option in elected))
            few = len(hopeful) <= seats - len(elected)
            if (
                status == "start"
                or few
                or reaching
                or surplus < 1000
                or (last is not None and surplus >= last)
            ):
                break
            last = surplus
            for option in elected:
                keep[option] = up(up(keep[option] * quota, unit) * unit, totals[option])
        rounds.insert(0, totals)
        new = ranked(history, reaching)[::-1]
        elected += new
        hopeful = [option for option in hopeful if option not in new]
        if 0 < seats - len(elected) == len(hopeful):
            elected += ranked(history, hopeful)[::-1]
        if len(elected) >= seats:
            return elected, rounds[::-1]
        if not new:
            surplus = max(0, sum(totals[option] - quota for option in elected))
            fewest = min(totals[option] for option in hopeful)
            tied = [option for option in hopeful if totals[option] <= fewest + surplus]
            out = ranked(rounds[1:], tied)[0]
            hopeful.remove(out)
            keep[out] = 0
        status = "iterate"


@given(elections(methods=("stv",), weight=st.integers(1, 30), min_votes=1))
@settings(max_examples=100, deadline=None)
def test_the_count_agrees_with_the_steps_of_the_reference_rule(election):
    _, votes = election
    for seats in (1, 2, 3):
        result = meek(grouped(votes), seats=seats, tie_order=StatedOrder(OPTIONS[::-1]), precision=9)
        elected, rounds = slow_meek(votes, seats, OPTIONS[::-1])
        assert list(result.winners) == elected
        shown = [
            [int(Decimal(total).scaleb(9)) for total in counted.totals.values()] for counted in result.rounds
        ]
        assert shown == [list(totals.values()) for totals in rounds]


@given(elections(methods=("stv",), min_votes=1))
@settings(deadline=None)
def test_no_vote_is_lost_in_any_round_and_keep_factors_stay_below_one(election):
    _, votes = election
    result = meek(grouped(votes), seats=2)
    for stage in result.rounds:
        assert sum(map(Fraction, stage.totals.values())) + Fraction(stage.exhausted) == int(result.valid)
        for option, factor in stage.figures.items():
            if option.startswith("keep_factor."):
                assert 0 < Fraction(factor) <= 1
