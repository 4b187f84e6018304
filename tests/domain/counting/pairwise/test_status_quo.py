"""The status quo as an option: the direct majority, its floors, and what a tie with it means."""

import pytest

from app.domain.counting import InvalidQuestion, Question, StatedOrder, check_question
from tests.domain.counting.elections import counted

XSY = ("x", "s", "y")
METHODS = ("schulze", "ranked_pairs", "copeland")


@pytest.mark.parametrize("method", METHODS)
def test_an_option_with_most_first_preferences_that_does_not_beat_the_status_quo_changes_nothing(method):
    # notes on decision rules, section 3: X leads first preferences, but is above S for 4 and below for 5.
    result = counted(method, {"x>s>y": 4, "y>s>x": 3, "s>x>y": 2}, XSY, status_quo="s")
    assert result.winners == ("s",)
    assert result.rounds[1].excluded == ("x", "y")
    values = [(said.key, said.values["for"], said.values["against"]) for said in result.rounds[1].statements]
    assert values == [("status_quo.fails", "4", "5"), ("status_quo.fails", "3", "6")]
    assert result.rounds[-1].statements[-1].key == "status_quo.stays"


@pytest.mark.parametrize("method", METHODS)
def test_options_that_pass_are_compared_with_each_other(method):
    # Y beats X, and both beat S.
    result = counted(method, {"y>x>s": 3, "x>y>s": 2, "s>y": 1}, XSY, status_quo="s")
    assert result.winners == ("y",)
    assert result.rounds[1].excluded == ()


@pytest.mark.parametrize("method", METHODS)
def test_an_option_set_aside_takes_no_part_even_if_it_beats_the_others(method):
    # X beats Y but not S by two thirds; Y does.
    result = counted(method, {"x>s>y": 1, "x>y>s": 4, "y>s>x": 3}, XSY, status_quo="s", majority="2/3")
    assert result.rounds[1].excluded == ("x",)
    assert result.winners == ("y",)


@pytest.mark.parametrize(
    ("prefer", "against", "equal", "settings", "passes"),
    [
        (5, 5, 0, {}, False),
        (5, 5, 0, {"majority_test": "at_least"}, True),
        (6, 5, 0, {}, True),
        (2, 1, 0, {"majority": "2/3"}, False),
        (2, 1, 0, {"majority": "2/3", "majority_test": "at_least"}, True),
        # 0.29 as a float times 100 is 28.999...
        (29, 71, 0, {"majority": "0.29", "majority_test": "at_least"}, True),
        (29, 71, 0, {"majority": "0.29"}, False),
        (10**24 + 1, 10**24, 0, {}, True),
        (10**24, 10**24, 0, {}, False),
        (3, 1, 6, {"positive_floor": 3}, True),
        (3, 1, 6, {"positive_floor": 4}, False),
        (3, 1, 6, {"non_negative_floor": 9}, True),
        (3, 1, 6, {"non_negative_floor": 10}, False),
        # A share of nothing never passes, not even no share at all.
        (0, 0, 5, {"majority": "0", "majority_test": "at_least"}, False),
    ],
)
def test_the_direct_majority_to_the_last_vote(prefer, against, equal, settings, passes):
    votes = {"x>s": prefer, "s>x": against, "x=s": equal}
    ballots = {text: weight for text, weight in votes.items() if weight}
    result = counted("schulze", ballots, ("x", "s"), status_quo="s", **settings)
    assert (result.rounds[1].excluded == ()) is passes


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("order", [("x", "s"), ("s", "x")])
def test_who_is_merely_level_with_the_status_quo_does_not_replace_it(method, order):
    ballots = {"x>s": 5, "s>x": 5}
    settings = {"status_quo": "s", "majority_test": "at_least"}
    result = counted(method, ballots, ("x", "s"), tie_order=StatedOrder(order), **settings)
    assert result.winners == ("s",)
    (tie,) = result.ties
    assert (tie.decided_by, tie.chosen) == ("status_quo", "s")


@pytest.mark.parametrize("method", METHODS)
def test_a_weaker_majority_than_half_does_not_make_the_status_quo_lose_to_what_it_beats(method):
    result = counted(method, {"x>s": 4, "s>x": 5}, ("x", "s"), status_quo="s", majority="1/3")
    assert result.rounds[1].excluded == ()
    assert result.winners == ("s",)


@pytest.mark.parametrize("method", METHODS)
def test_the_status_quo_as_the_only_option_stays(method):
    assert counted(method, {"s": 1}, ("s",), status_quo="s").winners == ("s",)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("settings", "pointer"),
    [
        ({"status_quo": "nothing"}, "/settings/status_quo"),
        ({"status_quo": 3}, "/settings/status_quo"),
        ({"majority": "2/3"}, "/settings/majority"),
        ({"positive_floor": 3}, "/settings/positive_floor"),
        ({"status_quo": "s", "majority": "3/2"}, "/settings/majority"),
        ({"status_quo": "s", "majority": 0.5}, "/settings/majority"),
        ({"status_quo": "s", "majority_test": "about"}, "/settings/majority_test"),
    ],
)
def test_a_status_quo_that_fits_nothing_is_refused(method, settings, pointer):
    with pytest.raises(InvalidQuestion) as refused:
        check_question(Question(method, XSY, settings=settings))
    assert [place for place, _ in refused.value.errors] == [pointer]


@pytest.mark.parametrize("method", METHODS)
def test_more_options_than_a_matrix_should_hold_are_refused(method):
    with pytest.raises(InvalidQuestion, match="at most 200 can be compared"):
        check_question(Question(method, tuple(f"o{n}" for n in range(201))))
