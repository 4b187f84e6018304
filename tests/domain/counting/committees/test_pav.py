"""Proportional approval voting: published examples, both computations, ties, and the bound."""

from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.counting import (
    InvalidQuestion,
    LotOrder,
    Question,
    StatedOrder,
    check_question,
    count,
    explain,
)


def counted(ballots, options, seats, tie_order=None, computation="exact"):
    question = Question("pav", tuple(options), seats, {"computation": computation})
    return count(question, ballots, tie_order=tie_order or StatedOrder(tuple(options)))


def harmonic(number):
    return sum((Fraction(1, member) for member in range(1, number + 1)), Fraction(0))


def score(ballots, committee):
    return sum(weight * harmonic(len(committee & set(text.split(",")))) for text, weight in ballots.items())


# Lackner and Skowron, Multi-Winner Voting with Approval Preferences (2023), Example 2.5.
SPLIT = {"a,b": 3, "a,d": 6, "b": 4, "c": 5, "c,d": 5}


def test_the_book_shows_that_the_sequence_can_miss_the_best_committee():
    best = counted(SPLIT, "abcd", 2)
    assert (best.winners, best.figures["score"]) == (("a", "c"), "19")
    assert best.rounds[0].figures["committees"] == "6"
    one_by_one = counted(SPLIT, "abcd", 2, computation="sequential")
    assert (one_by_one.winners, one_by_one.figures["score"]) == (("d", "c"), "37/2")
    assert [counted.figures["gain"] for counted in one_by_one.rounds] == ["11", "15/2"]
    assert "sequential PAV" in one_by_one.rule


def test_wikipedias_thirty_voters_elect_andrea_and_carter():
    # en.wikipedia.org/wiki/Proportional_approval_voting: AC scores 30.5, the committee with D 30.
    ballots = {"a,b": 5, "a,c": 17, "d": 8}
    result = counted(ballots, "abcd", 2)
    assert (result.winners, result.figures["score"]) == (("a", "c"), "61/2")


TIED = {"mint": 2, "lime": 2, "plum": 2, "cola": 1}
OPTIONS = ("mint", "lime", "plum", "cola")


def test_tied_committees_are_decided_by_their_most_favoured_options():
    chosen = set()
    for seed in range(12):
        lot = LotOrder("b7", bytes([seed]), OPTIONS)
        result = counted(TIED, OPTIONS, 2, lot)
        favoured = [option for option in lot.order if option != "cola"]
        assert set(result.winners) == set(favoured[:2])
        assert [tie.chosen for tie in result.ties] == favoured[:2]
        assert next(tie.options for tie in result.ties) == ("mint", "lime", "plum")
        assert {(tie.value, tie.purpose, tie.decided_by) for tie in result.ties} == {("4", "election", "lot")}
        assert result.rounds[0].figures["highest"] == "3"
        chosen.add(result.winners)
    assert len(chosen) == 3


def test_tied_gains_fall_to_the_tie_order():
    result = counted(TIED, OPTIONS, 2, StatedOrder(OPTIONS[::-1]), "sequential")
    assert result.winners == ("plum", "lime")
    assert [(tie.round, tie.options, tie.value) for tie in result.ties] == [
        (1, ("mint", "lime", "plum"), "2"),
        (2, ("mint", "lime"), "2"),
    ]


@pytest.mark.parametrize("computation", ["exact", "sequential"])
def test_a_seat_nobody_has_support_for_stays_empty(computation):
    result = counted({"mint": 5, "mint,plum": 1}, OPTIONS, 3, computation=computation)
    assert result.winners == ("mint", "plum")
    assert result.figures["score"] == "13/2"


@pytest.mark.parametrize("computation", ["exact", "sequential"])
def test_weights_beyond_64_bits_decide_by_one(computation):
    ballots = {"mint": 10**24, "lime": 10**24 + 1}
    assert counted(ballots, OPTIONS, 1, computation=computation).winners == ("lime",)


def test_exact_counting_takes_sixteen_options_and_says_so():
    options = tuple(f"o{number}" for number in range(17))
    check_question(Question("pav", options[:16], 8, {"computation": "exact"}))
    with pytest.raises(InvalidQuestion) as refused:
        check_question(Question("pav", options, 8, {"computation": "exact"}))
    assert refused.value.errors == [("/settings/computation", "exact takes at most 16 options; there are 17")]
    check_question(Question("pav", options, 8))


def test_sixteen_options_and_many_ballots_are_counted_exactly():
    options = tuple(f"o{number}" for number in range(16))
    ballots = {}
    for voter in range(1, 400):
        number = voter * 40_503 % 65_536
        text = ",".join(option for place, option in enumerate(options) if number >> place & 1)
        ballots[text] = 1 + voter % 7
    result = counted(ballots, options, 3)
    best = max(score(ballots, set(committee)) for committee in combinations(options, 3))
    assert Fraction(result.figures["score"]) == best == score(ballots, set(result.winners))


approvals = st.sets(st.sampled_from(OPTIONS), min_size=1).map(
    lambda chosen: ",".join(option for option in OPTIONS if option in chosen)
)


@given(st.dictionaries(approvals, st.integers(1, 9), min_size=1), st.integers(1, 4), st.binary(max_size=3))
def test_no_committee_scores_higher(ballots, seats, seed):
    result = counted(ballots, OPTIONS, seats, LotOrder("b7", seed, OPTIONS))
    supported = [option for option in OPTIONS if any(option in text.split(",") for text in ballots)]
    size = min(seats, len(supported))
    scores = {committee: score(ballots, set(committee)) for committee in combinations(supported, size)}
    best = max(scores.values())
    assert scores[result.winners] == best == Fraction(result.figures["score"])
    assert bool(result.ties) == (list(scores.values()).count(best) > 1)
    assert set(counted(ballots, OPTIONS, seats, computation="sequential").winners) <= set(supported)


@given(st.dictionaries(approvals, st.integers(1, 9), min_size=1), st.integers(1, 4))
def test_the_sequence_elects_whoever_adds_most(ballots, seats):
    result = counted(ballots, OPTIONS, seats, computation="sequential")
    so_far = set()
    for option in result.winners:
        gains = {other: score(ballots, so_far | {other}) for other in OPTIONS if other not in so_far}
        assert gains[option] == max(gains.values())
        so_far.add(option)


@given(st.dictionaries(approvals, st.integers(1, 6), min_size=1), st.integers(1, 4))
def test_the_exact_committee_gives_extended_justified_representation(ballots, seats):
    # H. Aziz and others, "Justified Representation in Approval-Based Committee Voting" (2017), Theorem 5.
    result = counted(ballots, OPTIONS, seats)
    if len(result.winners) < seats:
        return
    everyone = sum(ballots.values())
    for size in range(1, seats + 1):
        for together in combinations(OPTIONS, size):
            deprived = sum(
                weight
                for text, weight in ballots.items()
                if set(together) <= set(text.split(","))
                and len(set(result.winners) & set(text.split(","))) < size
            )
            assert deprived * seats < size * everyone


def test_the_explanation_reads_like_one():
    names = {"a": "Ada", "b": "Bo", "c": "Cy", "d": "Di"}
    assert explain(counted(SPLIT, "abcd", 2), names) == [
        "Round 1: Of all committees of 2, the one of Ada and Cy has the highest score, 19: they are elected."
    ]
    assert explain(counted(SPLIT, "abcd", 2, computation="sequential"), names)[1] == (
        "Round 2: Cy adds most to the score, 7.5, and is elected."
    )
    assert explain(counted({"a": 1, "b": 1}, "ab", 1), names) == [
        (
            "Round 1: 2 committees share the highest score, 1. Ada and Bo are tied on 1, and not all of them can "
            "win. The order stated before voting picks Ada. Of all committees of 1, the one of Ada has the highest "
            "score, 1: they are elected."
        )
    ]
