"""Star: published elections, every tie path, and a count of single ballots."""

from itertools import permutations

import pytest
from hypothesis import given

from app.domain.counting import LotOrder, StatedOrder, parse
from tests.domain.counting.elections import CITIES, OPTIONS, counted, elections, grouped, texts

TRIO = ("amy", "brian", "chuck")


def star(choices, options=TRIO, tie_order=None, **settings):
    return counted(
        "star", texts("star", choices, options, **settings), options, tie_order=tie_order, **settings
    )


def test_tennessee_scored_by_distance_chooses_nashville():
    choices = [
        ({"memphis": 5, "nashville": 2, "chattanooga": 1}, 42),
        ({"nashville": 5, "chattanooga": 2, "knoxville": 2}, 26),
        ({"nashville": 2, "chattanooga": 5, "knoxville": 4}, 15),
        ({"nashville": 2, "chattanooga": 4, "knoxville": 5}, 17),
    ]
    result = star(choices, CITIES)
    assert dict(result.totals) == {
        "memphis": "210",
        "nashville": "278",
        "chattanooga": "237",
        "knoxville": "197",
    }
    assert result.winners == ("nashville",)
    assert {o: result.rounds[1].totals[o] for o in ("nashville", "chattanooga")} == {
        "nashville": "68",
        "chattanooga": "32",
    }


# The next four are elections of the starvote library (Larry Hastings, MIT), test_elections/, with its results.


def test_a_tied_runoff_with_equal_sums_goes_to_most_top_scores():
    # test_election_breakable_tie_in_automatic_runoff_round_using_max_score_count_round
    result = star(
        [
            ({"amy": 1, "brian": 4, "chuck": 5}, 1),
            ({"amy": 1, "brian": 3, "chuck": 2}, 1),
            ({"amy": 1, "brian": 5, "chuck": 5}, 1),
        ]
    )
    assert dict(result.totals) == {"amy": "3", "brian": "12", "chuck": "12"}
    assert result.winners == ("chuck",)
    (tie,) = result.ties
    assert (tie.purpose, tie.round, tie.value) == ("election", 2, "1")
    assert [(step.rule, dict(step.values)) for step in tie.steps] == [
        ("top_scores", {"brian": "1", "chuck": "2"})
    ]


def test_a_tied_runoff_goes_to_the_higher_sum():
    # test_election_breakable_tie_in_automatic_runoff_round_using_score_round, in kind
    result = star([({"amy": 5, "brian": 4}, 1), ({"amy": 2, "brian": 5}, 1)])
    assert result.winners == ("brian",)
    assert [(step.rule, dict(step.values)) for step in result.ties[0].steps] == [
        ("sum", {"amy": "7", "brian": "9"})
    ]


def test_a_tie_for_the_second_place_goes_to_the_match_between_the_two():
    # test_election_breakable_tie_for_second_in_score_round
    result = star([({"amy": 1, "brian": 2, "chuck": 5}, 2), ({"amy": 5, "brian": 3, "chuck": 5}, 1)])
    assert dict(result.totals) == {"amy": "7", "brian": "7", "chuck": "15"}
    assert result.winners == ("chuck",)
    (tie,) = result.ties
    assert (tie.purpose, tie.options, tie.value, tie.chosen) == ("finalist", ("amy", "brian"), "7", "brian")
    assert [(step.rule, dict(step.values)) for step in tie.steps] == [
        ("matches_won", {"amy": "0", "brian": "1"})
    ]
    assert result.tables["pairwise"]["amy"] == {"brian": "1"}


@pytest.mark.parametrize("order", list(permutations(TRIO)))
def test_a_tie_for_the_second_place_nothing_breaks_falls_to_the_tie_order(order):
    # test_election_unbreakable_tie_for_second_in_score_round
    result = star(
        [
            ({"amy": 1, "brian": 2, "chuck": 5}, 1),
            ({"amy": 2, "brian": 1, "chuck": 5}, 1),
            ({"amy": 3, "brian": 3, "chuck": 5}, 1),
        ],
        tie_order=StatedOrder(order),
    )
    assert result.winners == ("chuck",)
    (tie,) = result.ties
    assert tie.decided_by == "stated_order"
    assert tie.chosen == next(option for option in order if option != "chuck")


def test_a_tie_for_a_place_in_the_runoff_goes_to_most_top_scores_before_the_lot():
    # Amy and Brian: equal sums, one match each way, but Amy has the only 5.
    result = star([({"amy": 5, "brian": 3, "chuck": 5}, 1), ({"amy": 1, "brian": 3, "chuck": 5}, 1)])
    (tie,) = result.ties
    assert (tie.decided_by, tie.chosen) == ("top_scores", "amy")


def test_three_tied_for_the_first_place_play_matches_for_both_places():
    choices = [({"amy": 3, "brian": 2, "chuck": 1}, 2), ({"amy": 1, "brian": 2, "chuck": 3}, 2)]
    result = star([*choices, ({"amy": 2, "brian": 2, "chuck": 2}, 1)], tie_order=StatedOrder(TRIO))
    assert [(tie.purpose, tie.options) for tie in result.ties[:2]] == [
        ("finalist", TRIO),
        ("finalist", ("brian", "chuck")),
    ]


def test_two_tied_for_the_first_place_are_both_finalists_and_no_tie_is_broken():
    result = star([({"amy": 4, "brian": 3}, 2), ({"amy": 1, "brian": 3}, 1)])
    assert dict(result.totals) == {"amy": "9", "brian": "9", "chuck": "0"}
    assert result.winners == ("amy",)
    assert result.ties == ()


def test_a_runoff_tied_in_every_way_falls_to_the_lot():
    chosen = set()
    for seed in range(12):
        lot = LotOrder("b7", bytes([seed]), TRIO)
        result = star([({"amy": 5, "brian": 3}, 1), ({"amy": 3, "brian": 5}, 1)], tie_order=lot)
        assert result.ties[-1].decided_by == "lot"
        chosen |= {*result.winners}
    assert chosen == {"amy", "brian"}


def test_a_sole_supported_option_needs_no_runoff_and_none_elects_nobody():
    assert star([({"amy": 2}, 3)]).winners == ("amy",)
    assert len(star([({"amy": 2}, 3)]).rounds) == 1
    assert star([({"amy": 0}, 3)]).winners == ()


def test_ballots_that_score_both_alike_are_reported_and_nothing_is_lost():
    result = star([({"amy": 5, "brian": 4}, 3), ({"amy": 2, "brian": 2}, 4), ({"brian": 1}, 2)])
    runoff = result.rounds[1]
    assert (dict(runoff.totals), runoff.exhausted) == ({"amy": "3", "brian": "2", "chuck": "0"}, "4")


def slow_star(question, votes, order):
    """Score and run off by looking at every ballot as often as need be."""
    ballots = [(dict(parse(question, text)), weight) for text, weight in votes]

    def total(option):
        return sum(weight * scores.get(option, 0) for scores, weight in ballots)

    def votes_for(one, other):
        return sum(weight for scores, weight in ballots if scores.get(one, 0) > scores.get(other, 0))

    def tops(option):
        return sum(weight for scores, weight in ballots if scores.get(option, 0) == 5)

    left, finalists = [option for option in OPTIONS if total(option)], []
    while left and len(finalists) < 2:
        tied = [option for option in left if total(option) == max(map(total, left))]

        def standing(option, tied=tied):
            won = sum(votes_for(option, other) > votes_for(other, option) for other in tied)
            return won, tops(option), -order.index(option)

        chosen = max(tied, key=standing)
        finalists.append(chosen)
        left.remove(chosen)
    if len(finalists) < 2:
        return tuple(finalists)
    one, other = finalists

    def final(option):
        rival = other if option == one else one
        return votes_for(option, rival), total(option), tops(option), -order.index(option)

    return (max(finalists, key=final),)


@given(elections(methods=("star",), min_votes=1))
def test_star_agrees_with_a_count_of_single_ballots(election):
    question, votes = election
    for order in (OPTIONS, OPTIONS[::-1]):
        result = counted("star", grouped(votes), tie_order=StatedOrder(order))
        assert result.winners == slow_star(question, votes, order)
