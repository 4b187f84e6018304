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
