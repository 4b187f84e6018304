"""Ranked pairs: published examples, ties of strength, and a count by the words of the rule."""

from itertools import permutations

import pytest
from hypothesis import given

from app.domain.counting import LotOrder, StatedOrder
from tests.domain.counting.elections import CITIES, CYCLE, OPTIONS, TENNESSEE, counted, elections, grouped
from tests.domain.counting.pairwise.test_schulze import slow_strengths

ABC = ("a", "b", "c")


def locked(result):
    return {(one, other) for one, row in result.tables["locked"].items() for other in row}


def test_tennessee_locks_every_victory_in_and_chooses_nashville():
    # https://en.wikipedia.org/wiki/Ranked_pairs: 83, 68, 68, 58, 58, 58, no contradiction.
    result = counted("ranked_pairs", TENNESSEE, CITIES)
    assert result.winners == ("nashville",)
    assert result.figures["ranking"] == "nashville>chattanooga>knoxville>memphis"
    assert len(locked(result)) == 6
    strengths = [said.values["strength"] for said in result.rounds[1].statements[:-1]]
    assert strengths == ["83:17", "68:32", "58:42"]


def test_the_weakest_victory_of_a_cycle_is_left_out():
    result = counted("ranked_pairs", CYCLE, ABC)
    assert result.figures["ranking"] == "a>b>c"
    assert locked(result) == {("b", "c"), ("a", "b")}
    assert ("ranked_pairs.skipped", ("c>a",)) in [
        (said.key, said.values.get("pairs")) for said in result.rounds[1].statements
    ]
    assert result.ties == ()


def test_winning_votes_and_margins_can_elect_different_options():
    ballots = {"c>b>a": 2, "b": 3, "a>c": 4}
    assert counted("ranked_pairs", ballots, ABC).winners == ("c",)
    assert counted("ranked_pairs", ballots, ABC, strength="margins").winners == ("a",)


@pytest.mark.parametrize("order", list(permutations(ABC)))
def test_equal_victories_that_contradict_each_other_are_locked_in_by_the_tie_order(order):
    # A cycle of three victories of 2:1. The one over the least favoured is first, the one over the favourite last.
    result = counted("ranked_pairs", {"a>b>c": 1, "b>c>a": 1, "c>a>b": 1}, ABC, tie_order=StatedOrder(order))
    assert result.winners == order[:1]
    (tie,) = result.ties
    assert (tie.purpose, tie.options, tie.value, tie.chosen) == ("lock", ABC, "2:1", order[0])
    beaten_by = {"b": "a", "c": "b", "a": "c"}
    assert locked(result) == {(beaten_by[option], option) for option in order[1:]}


def test_equal_victories_that_agree_leave_nothing_to_a_lot():
    ballots = {"a>b>c": 2}
    results = {
        counted("ranked_pairs", ballots, ABC, tie_order=StatedOrder(order)).figures["ranking"]
        for order in permutations(ABC)
    }
    assert results == {"a>b>c"}
    assert counted("ranked_pairs", ballots, ABC).ties == ()


def test_the_lot_decides_between_two_that_nobody_beats():
    for seed in range(8):
        lot = LotOrder("b7", bytes([seed]), ("a", "b"))
        result = counted("ranked_pairs", {"a": 1, "b": 1}, ("a", "b"), tie_order=lot)
        assert result.winners == lot.order[:1]
        assert (result.ties[0].purpose, result.ties[0].decided_by) == ("election", "lot")


def slow_ranked_pairs(question, votes, order):
    """Sort the victories one by one and follow chains by walking them."""
    strengths = slow_strengths(question, votes)
    place = order.index
    pairs = sorted(strengths, key=lambda p: ([-part for part in strengths[p]], -place(p[1]), place(p[0])))
    over = {option: set() for option in OPTIONS}

    def leads(one, other):
        return one == other or any(leads(below, other) for below in over[one])

    for winner, loser in pairs:
        if not leads(loser, winner):
            over[winner].add(loser)
    unbeaten = [one for one in OPTIONS if not any(one in losers for losers in over.values())]
    return min(unbeaten, key=place), {(one, other) for one, losers in over.items() for other in losers}


@given(
    elections(methods=("ranked_pairs",), min_votes=1).filter(
        lambda election: "status_quo" not in election[0].settings
    )
)
def test_ranked_pairs_agree_with_a_count_by_the_words_of_the_rule(election):
    question, votes = election
    for order in (OPTIONS, OPTIONS[::-1], OPTIONS[2:] + OPTIONS[:2]):
        result = counted("ranked_pairs", grouped(votes), tie_order=StatedOrder(order), **question.settings)
        winner, pairs = slow_ranked_pairs(question, votes, order)
        assert result.winners == (winner,)
        assert locked(result) == pairs
