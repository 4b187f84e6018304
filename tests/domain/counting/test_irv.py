"""Instant runoff on elections whose answers are known."""

from itertools import pairwise

from app.domain.counting import LotOrder, Question, StatedOrder, count

TENNESSEE = {
    "memphis>nashville>chattanooga>knoxville": 42,
    "nashville>chattanooga>knoxville>memphis": 26,
    "chattanooga>knoxville>nashville>memphis": 15,
    "knoxville>chattanooga>nashville>memphis": 17,
}
# The three who reached the last rounds in Burlington, Vermont, in 2009, as published at rangevoting.org.
BURLINGTON = {
    "montroll>kiss>wright": 1332,
    "montroll>wright>kiss": 767,
    "montroll": 455,
    "kiss>montroll>wright": 2043,
    "kiss>wright>montroll": 371,
    "kiss": 568,
    "wright>montroll>kiss": 1513,
    "wright>kiss>montroll": 495,
    "wright": 1289,
}
# Markus Schulze's example of 45 voters.
SCHULZE = {
    "a>c>b>e>d": 5,
    "a>d>e>c>b": 5,
    "b>e>d>a>c": 8,
    "c>a>b>e>d": 3,
    "c>a>e>b>d": 7,
    "c>b>a>d>e": 2,
    "d>c>e>b>a": 7,
    "e>b>a>d>c": 8,
}


def irv(ballots, options, tie_order=None, **settings):
    return count(
        Question("irv", options, settings=settings), ballots, tie_order=tie_order or StatedOrder(options)
    )


def test_tennessee_chooses_knoxville():
    result = irv(TENNESSEE, ("memphis", "nashville", "chattanooga", "knoxville"))
    assert result.winners == ("knoxville",)
    assert [counted.subject for counted in result.rounds] == [None, "chattanooga", "nashville"]
    assert dict(result.totals) == {"memphis": "42", "nashville": "0", "chattanooga": "0", "knoxville": "58"}


def test_burlington_elects_kiss_though_montroll_beats_both_others():
    result = irv(BURLINGTON, ("kiss", "montroll", "wright"))
    assert result.winners == ("kiss",)
    assert dict(result.rounds[0].totals) == {"kiss": "2982", "montroll": "2554", "wright": "3297"}
    last = result.rounds[1]
    assert (last.subject, dict(last.transfers)) == ("montroll", {"kiss": "1332", "wright": "767"})
    assert dict(last.totals) == {"kiss": "4314", "montroll": "0", "wright": "4064"}
    assert last.exhausted == "455"


def test_a_majority_of_first_preferences_ends_the_count_in_round_one():
    result = irv({"mint>lime": 6, "lime": 3, "plum>lime": 2}, ("mint", "lime", "plum"))
    assert (result.winners, len(result.rounds)) == (("mint",), 1)


def test_one_option_alone_wins():
    assert irv({"mint": 1}, ("mint",)).winners == ("mint",)


def test_schulzes_voters_meet_a_tie_of_b_and_e_that_only_the_tie_order_can_break():
    options = ("a", "b", "c", "d", "e")
    result = irv(SCHULZE, options)
    assert [counted.subject for counted in result.rounds][1] == "d"
    (tie,) = result.ties
    assert (tie.round, tie.options, tie.value, tie.purpose) == (2, ("b", "e"), "8", "exclusion")
    assert (tie.chosen, tie.decided_by) == ("e", "stated_order")
    other = irv(SCHULZE, options, StatedOrder(("e", "d", "c", "b", "a")))
    assert other.ties[0].chosen == "b"


def test_a_tie_is_broken_by_the_latest_round_that_tells_the_tied_apart_if_the_rules_say_so():
    # plum is excluded first and makes lime equal to mint, who had more before.
    ballots = {"mint": 4, "lime": 3, "plum>lime": 1, "cola": 8}
    options = ("lime", "mint", "plum", "cola")
    tie = irv(ballots, options).ties[0]
    assert (tie.chosen, tie.decided_by, tie.steps[0].round) == ("lime", "earlier_round", 1)
    tie = irv(ballots, options, ties="tie_order").ties[0]
    assert (tie.chosen, tie.decided_by) == ("mint", "stated_order")


def test_a_tie_between_the_last_two_is_decided_by_the_lot_and_stands_in_the_record():
    options = ("mint", "lime")
    seen = set()
    for seed in range(10):
        lot = LotOrder("b7", bytes([seed]), options)
        result = irv({"mint": 1, "lime": 1}, options, lot)
        assert result.winners == lot.order[:1]
        assert result.ties[0].decided_by == "lot"
        seen |= {*result.winners}
    assert seen == {"mint", "lime"}


def test_options_tied_for_the_fewest_are_excluded_one_at_a_time():
    # Excluding lime and plum together would elect mint; one at a time lime's votes save plum.
    ballots = {"mint": 4, "lime>plum": 2, "plum>cola": 2, "cola>plum": 3}
    result = irv(ballots, ("mint", "plum", "lime", "cola"))
    assert [counted.subject for counted in result.rounds] == [None, "lime", "cola"]
    assert result.winners == ("plum",)


def test_no_vote_is_lost_from_round_to_round():
    result = irv(BURLINGTON, ("kiss", "montroll", "wright"))
    sums = [sum(map(int, [*counted.totals.values(), counted.exhausted])) for counted in result.rounds]
    assert all(before == after == 8833 for before, after in pairwise(sums))
