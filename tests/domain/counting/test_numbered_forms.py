"""Ballots with a number for an option: scores, grades, points, shares, bought votes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.counting import (
    InvalidQuestion,
    InvalidVote,
    Question,
    canonical,
    check_question,
    parse,
    to_choice,
)
from tests.domain.counting.elections import CHOICES

OPTIONS = ("mint", "lime", "plum")


def question(method, **settings):
    return Question(method, OPTIONS, settings=settings)


@pytest.mark.parametrize(
    ("asked", "choice", "text"),
    [
        (question("score"), {"plum": 3, "mint": 5}, "mint:5,plum:3"),
        (question("score"), {"mint": 5, "lime": 0}, "mint:5"),
        (question("score"), {"plum": 0}, "mint:0"),
        (question("score", min=0), {}, ""),
        (question("score", lowest_score=-2), {"mint": -1, "lime": -2}, "mint:-1"),
        (question("score", missing_score="nothing"), {"mint": 5, "lime": 0}, "mint:5,lime:0"),
        (question("star"), {"lime": 5, "plum": 5}, "lime:5,plum:5"),
        (question("majority_judgment"), {"plum": "good", "mint": "reject"}, "plum:good"),
        (question("majority_judgment"), {"plum": "reject"}, "mint:reject"),
        (question("majority_judgment", grades=["yes", "no"]), {"lime": "yes"}, "lime:yes"),
        (question("cumulative"), {"lime": 7, "mint": 0, "plum": 3}, "lime:7,plum:3"),
        (question("cumulative", min=0), {"mint": 0}, ""),
        (question("cumulative", spend="all", min=0), {}, ""),
        (question("weighted_split"), {"mint": 20, "plum": 10}, "mint:2,plum:1"),
        (question("weighted_split"), {"mint": 33}, "mint:1"),
        (question("quadratic"), {"mint": 7, "plum": 7}, "mint:7,plum:7"),
        (question("quadratic"), {"mint": 10}, "mint:10"),
    ],
)
def test_a_choice_has_one_text_and_comes_back_from_it(asked, choice, text):
    check_question(asked)
    assert canonical(asked, choice) == text
    assert canonical(asked, to_choice(asked, text)) == text


@pytest.mark.parametrize(
    ("asked", "choice", "errors"),
    [
        (question("score"), ["mint"], [("", "must be an object with a score for each option id")]),
        (question("score"), {"mint": 6}, [("/mint", "must be a whole number from 0 to 5")]),
        (question("score"), {"mint": True}, [("/mint", "must be a whole number from 0 to 5")]),
        (question("score"), {"mint": 2.0}, [("/mint", "must be a whole number from 0 to 5")]),
        (question("score"), {"cola": 2}, [("", '"cola" is not an option of this ballot')]),
        (question("score"), {}, [("", "give at least one option a score; this ballot takes no blank votes")]),
        (
            question("score"),
            {f"o{n}": 1 for n in range(1000)},
            [("", "speaks of 1000 options, but there are 3")],
        ),
        (
            question("majority_judgment", grades=["yes", "no"]),
            {"mint": "maybe", "lime": ["yes"]},
            [("/mint", "must be one of yes, no"), ("/lime", "must be one of yes, no")],
        ),
        (question("cumulative"), {"mint": 6, "lime": 5}, [("", "gives 11 points; there are 10")]),
        (
            question("cumulative", spend="all"),
            {"mint": 6},
            [("", "gives 6 points; all 10 must be given")],
        ),
        (
            question("cumulative", points_per_option=4),
            {"mint": 5},
            [("/mint", "must be a whole number from 0 to 4")],
        ),
        (question("cumulative"), {"mint": -1}, [("/mint", "must be a whole number from 0 to 10")]),
        (
            question("weighted_split"),
            {"mint": 60, "lime": 60},
            [("", "the shares add up to 120; at most 100 is possible")],
        ),
        # 100 credits: 10 votes, or 7 and 7 for 98, and not 8 and 7 for 113.
        (question("quadratic"), {"mint": 8, "lime": 7}, [("", "costs 113 credits; there are 100")]),
        (question("quadratic"), {"mint": 11}, [("/mint", "must be a whole number from 0 to 10")]),
        (
            question("quadratic"),
            {"mint": 0},
            [("", "give at least one option a number of votes; this ballot takes no blank votes")],
        ),
    ],
)
def test_an_invalid_choice_is_refused_with_the_place_and_the_reason(asked, choice, errors):
    with pytest.raises(InvalidVote) as refused:
        canonical(asked, choice)
    assert refused.value.errors == errors


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        (question("score"), ""),
        (question("score"), "mint"),
        (question("score"), "mint:"),
        (question("score"), "mint:05"),
        (question("score"), "mint:+5"),
        (question("score"), "mint:6"),
        (question("score"), "cola:1"),
        (question("score"), "lime:5,mint:5"),
        (question("score"), "mint:5,mint:5"),
        (question("score"), "mint:5,lime:0"),
        (question("score"), "lime:0"),
        (question("score"), "mint:0,lime:0"),
        (question("score"), "mint:5,"),
        (question("score"), "mint:\u0665"),
        (question("score", lowest_score=-1), "mint:-0"),
        (question("majority_judgment"), "mint:Good"),
        (question("majority_judgment"), "mint:5"),
        (question("majority_judgment"), "mint:good,lime:reject"),
        (question("cumulative"), "mint:0"),
        (question("cumulative"), "mint:6,lime:5"),
        (question("cumulative", spend="all"), "mint:6"),
        (question("weighted_split"), "mint:2,lime:2"),
        (question("weighted_split"), "mint:2"),
        (question("weighted_split", parts=3), "mint:3,lime:1"),
        (question("quadratic"), "mint:8,lime:7"),
    ],
)
def test_a_text_no_choice_could_have_made_is_refused(asked, text):
    with pytest.raises(InvalidVote, match="canonical"):
        parse(asked, text)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (question("score", lowest_score=5), ["/settings/highest_score"]),
        (question("score", highest_score=1001), ["/settings/highest_score"]),
        (question("score", scored_by="1/2"), ["/settings/scored_by"]),
        (question("score", scored_by=0.5), ["/settings/scored_by"]),
        (question("star", lowest_score=0, highest_score=0), ["/settings/highest_score"]),
        (question("majority_judgment", grades=["good"]), ["/settings/grades"]),
        (question("majority_judgment", grades=["good", "good"]), ["/settings/grades"]),
        (question("majority_judgment", grades=["good", "Bad"]), ["/settings/grades"]),
        (question("majority_judgment", grades="good"), ["/settings/grades"]),
        (question("cumulative", points=3, points_per_option=4), ["/settings/points_per_option"]),
        (
            question("cumulative", points=10, points_per_option=3, spend="all"),
            ["/settings/points_per_option"],
        ),
        (question("cumulative", points=0), ["/settings/points"]),
        (question("weighted_split", parts=1001), ["/settings/parts"]),
        (question("quadratic", credits=0), ["/settings/credits"]),
        (question("quadratic", min=2), ["/settings/min"]),
        (question("stv", rules="gregory", precision=9), ["/settings/precision"]),
        (question("stv", rules="meek", precision=5), ["/settings/precision"]),
    ],
)
def test_a_question_nobody_could_vote_on_is_refused(asked, expected):
    with pytest.raises(InvalidQuestion) as refused:
        check_question(asked)
    assert [pointer for pointer, _ in refused.value.errors] == expected


NUMBERED = ["score", "star", "majority_judgment", "cumulative", "weighted_split", "quadratic"]


@given(st.data(), st.sampled_from(NUMBERED))
def test_every_choice_returns_from_its_text_and_means_the_same(data, method):
    asked = Question(method, ("mint", "lime", "plum", "cola", "fig"))
    choice = data.draw(CHOICES[method])
    text = canonical(asked, choice)
    back = to_choice(asked, text)
    assert canonical(asked, back) == text
    assert canonical(asked, dict(reversed(choice.items()))) == text
    assert tuple(back) == tuple(option for option, _ in parse(asked, text))
