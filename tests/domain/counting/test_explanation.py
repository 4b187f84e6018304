"""What members read."""

import pytest

from app.domain.counting import Question, StatedOrder, count, explain
from app.domain.counting.explanation import readable

NAMES = {"mint": "Mint", "lime": "Lime", "plum": "Plum", "cola": "Cola"}
OPTIONS = tuple(NAMES)


def lines(method, ballots, *, seats=1, options=OPTIONS, decimals=0, **settings):
    question = Question(method, options, seats, settings)
    return explain(count(question, ballots, tie_order=StatedOrder(options)), NAMES, decimals=decimals)


def test_a_yes_no_vote():
    assert lines("yes_no", {"for": 1200, "abstain": 3}, options=()) == [
        "Round 1: 1,200 for, 0 against, 3 abstaining."
    ]


def said(*sentences):
    return " ".join(sentences)


def test_a_plurality_vote_with_a_tie():
    assert lines("plurality", {"mint": 5, "lime": 5, "plum": 1}) == [
        said(
            "Round 1: The votes are Mint 5, Lime 5, Plum 1, Cola 0.",
            "Mint and Lime are tied on 5, and not all of them can win.",
            "The order stated before voting picks Mint.",
            "Mint has the most votes and wins.",
        )
    ]


def test_an_instant_runoff_round_by_round():
    ballots = {"mint>lime": 230, "mint": 182, "lime": 700, "plum>lime": 650, "cola>plum": 100, "cola": 400}
    assert lines("irv", ballots) == [
        "Round 1: Every ballot counts for its first choice: Mint 412, Lime 700, Plum 650, Cola 500.",
        said(
            "Round 2: Mint has the fewest votes (412) and is excluded.",
            "Votes passed on to the next choice: Lime 230.",
            "182 could not be passed on, because no further choice was left.",
        ),
        said(
            "Round 3: Cola has the fewest votes (500) and is excluded.",
            "Votes passed on to the next choice: Plum 100.",
            "400 could not be passed on, because no further choice was left.",
            "Lime has 930 of the 1,680 votes still counting, more than half, and wins.",
        ),
    ]


def test_a_tie_decided_by_an_earlier_round_says_which():
    ballots = {"mint": 4, "lime": 3, "plum>lime": 1, "cola": 8}
    assert lines("irv", ballots)[2].startswith(
        said(
            "Round 3: Mint and Lime are tied with the fewest votes (4).",
            "In round 1 they had Mint 4, Lime 3, which leaves Lime.",
            "Lime has the fewest votes (4) and is excluded.",
        )
    )


def test_a_transferable_vote_with_quota_surplus_and_last_vacancy():
    assert lines("stv", {"mint>lime": 7, "plum": 1, "cola": 1}, seats=2) == [
        said(
            "Round 1: Every ballot counts for its first choice: Mint 7, Lime 0, Plum 1, Cola 1.",
            "With 9 valid votes and 2 to elect, the quota is 4.",
            "Mint reaches the quota with 7 and is elected.",
        ),
        said(
            "Round 2: Mint has 3 more than the quota; this surplus is passed on.",
            "Votes passed on to the next choice: Lime 2.99999.",
        ),
        said(
            "Round 3: Plum and Cola are tied with the fewest votes (1).",
            "The order stated before voting picks Cola.",
            "Cola has the fewest votes (1) and is excluded.",
            "1 could not be passed on, because no further choice was left.",
        ),
        said(
            "Round 4: Plum has the fewest votes (1) and is excluded.",
            "1 could not be passed on, because no further choice was left.",
            "One seat is left and only Lime, who is elected.",
        ),
    ]


def test_a_count_without_votes():
    assert lines("irv", {}) == ["Nobody expressed a choice, so nothing is decided."]


def test_an_option_without_a_name_is_called_by_its_id():
    question = Question("plurality", ("mint",))
    assert "mint 1" in explain(count(question, {"mint": 1}, tie_order=StatedOrder(("mint",))), {})[0]


def test_weights_in_small_units_are_shown_in_whole_ones():
    shown = lines("plurality", {"mint": 1_234_500, "lime": 5}, decimals=3)
    assert shown[0].startswith("Round 1: The votes are Mint 1,234.5, Lime 0.005,")


@pytest.mark.parametrize(
    ("number", "decimals", "expected"),
    [
        ("0", 0, "0"),
        ("1234567", 0, "1,234,567"),
        ("872.00000", 0, "872"),
        ("899.06795", 0, "899.06795"),
        ("1234.50000", 2, "12.345"),
        ("5", 3, "0.005"),
        ("1000", 3, "1"),
        (str(10**24 + 1), 18, "1,000,000.000000000000000001"),
    ],
)
def test_numbers_stay_exact_and_become_readable(number, decimals, expected):
    assert readable(number, decimals) == expected


def test_a_star_vote_with_a_tied_runoff():
    assert lines("star", {"mint:4,lime:5": 1, "mint:5,lime:4,plum:1": 1, "mint:5,lime:5": 1}) == [
        said(
            "Round 1: The scores add up to Mint 14, Lime 14, Plum 1, Cola 0.",
            "The two highest sums have Mint and Lime; they meet in the runoff.",
        ),
        said(
            "Round 2: Scored higher than the other in the runoff: Mint 1, Lime 1; 1 score both alike.",
            "Mint and Lime are tied on 1, and not all of them can win.",
            "The order stated before voting picks Mint.",
            "Mint wins.",
        ),
    ]


def test_grades_of_which_one_has_to_be_removed():
    ballots = {
        "mint:good,lime:excellent": 1,
        "mint:good,lime:acceptable": 1,
        "mint:acceptable,lime:acceptable": 1,
    }
    ballots |= {"mint:poor,lime:acceptable": 1}
    assert lines("majority_judgment", ballots, options=("mint", "lime")) == [
        said(
            "Round 1: Mint is graded good 2, acceptable 1, poor 1; its majority grade is acceptable.",
            "Lime is graded excellent 1, acceptable 3; its majority grade is acceptable.",
            "Mint and Lime share the best majority grade, acceptable.",
        ),
        said(
            "Round 2: When 1 has been removed from the middle of each, the middle grades are Mint good, Lime",
            "acceptable, which leaves Mint.",
            "Mint wins with the majority grade acceptable.",
        ),
    ]


def test_a_schulze_count_of_a_cycle():
    ballots = {"mint>lime>plum": 4, "lime>plum>mint": 3, "plum>mint>lime": 2}
    assert lines("schulze", ballots, options=("mint", "lime", "plum")) == [
        said(
            "Round 1: Mint beats Lime 6 to 3. Lime beats Plum 7 to 2. Plum beats Mint 5 to 4.",
            "No option beats every other.",
        ),
        said(
            "Round 2: The strongest chain of victories from Mint to Lime has 6 to 3 as its weakest, the one back "
            "5 to 4.",
            "The strongest chain of victories from Mint to Plum has 6 to 3 as its weakest, the one back 5 to 4.",
            "Mint wins.",
        ),
    ]


def test_ranked_pairs_by_margins_with_contradicting_equals():
    ballots = {"mint>lime>plum": 1, "lime>plum>mint": 1, "plum>mint>lime": 1}
    assert lines("ranked_pairs", ballots, options=("mint", "lime", "plum"), strength="margins")[1] == said(
        "Round 2: Victories over Mint, Lime and Plum have the same strength, 1, and contradict each other;",
        "who is the last to be beaten is open.",
        "The order stated before voting picks Mint.",
        "Locked in at 1: Lime over Plum, Mint over Lime.",
        "Left out at 1, contradicted by victories locked in before: Plum over Mint.",
        "Mint wins.",
    )


def test_a_status_quo_that_stays():
    shown = lines("copeland", {"mint>cola": 4, "cola>mint": 5}, options=("mint", "cola"), status_quo="cola")
    assert shown[1:] == [
        "Round 2: Mint does not beat the status quo, Cola, as required (4 to 5), and is set aside.",
        "Round 3: Matches won, a tied one counting half: Cola 0. Nothing changes: Cola stays.",
    ]


def test_means_are_no_weights_and_keep_their_point():
    shown = lines("score", {"mint:5": 1000, "mint:4": 2000}, options=("mint", "lime"), decimals=3)
    assert shown[0].startswith(
        "Round 1: The scores add up to Mint 13, Lime 0. The mean scores are Mint 4.333333…, Lime 0."
    )


def test_a_meek_count_tells_what_the_quota_becomes():
    ballots = {"mint>lime": 6, "plum": 2, "cola": 2}
    assert lines("stv", ballots, seats=2, rules="meek")[1] == said(
        "Round 2: The elected have more than they need, so each passes on a share of every vote.",
        "Votes passed on to the next choice: Lime 2.666666664.",
        "The quota is now 3.333333334.",
    )


@pytest.mark.parametrize(
    ("number", "decimals", "expected"),
    [
        ("25/2", 0, "12.5"),
        ("7/3", 0, "2.333333…"),
        ("-7/3", 0, "-2.333333…"),
        ("-1234", 0, "-1,234"),
        ("4000/3", 3, "1.333333333…"),
        ("1/2", 2, "0.005"),
        ("1/10000000", 0, "0.000000…"),
    ],
)
def test_fractions_become_decimals_and_say_where_they_are_cut_off(number, decimals, expected):
    assert readable(number, decimals) == expected
