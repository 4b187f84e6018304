"""What every count does, whatever the method: totals, blanks, digests, refusals, huge weights."""

import hashlib
import json

import pytest

from app.domain.counting import InvalidVote, LotOrder, Question, StatedOrder, count, input_digest

OPTIONS = ("mint", "lime", "plum")


def counted(method, ballots, *, seats=1, tie_order=None, options=OPTIONS, **settings):
    return count(
        Question(method, options, seats, settings), ballots, tie_order=tie_order or StatedOrder(options)
    )


def test_yes_no_reports_the_three_sums_and_no_winner():
    result = counted("yes_no", {"against": 2, "for": 10**24, "abstain": 3}, options=())
    assert dict(result.totals) == {"for": str(10**24), "against": "2", "abstain": "3"}
    assert result.winners == ()
    assert result.valid == str(10**24 + 5)


def test_yes_no_without_a_vote_reports_three_zeros():
    assert dict(counted("yes_no", {}, options=()).totals) == {"for": "0", "against": "0", "abstain": "0"}


def test_plurality_elects_the_most_votes_and_counts_blanks_apart():
    result = counted("plurality", {"mint": 3, "plum": 5, "": 7}, min=0)
    assert result.winners == ("plum",)
    assert (result.valid, result.blank) == ("8", "7")
    assert dict(result.totals) == {"mint": "3", "lime": "0", "plum": "5"}


def test_approval_gives_every_approved_option_the_whole_weight():
    result = counted("approval", {"mint,lime": 4, "lime": 1, "plum": 4}, seats=2)
    assert dict(result.totals) == {"mint": "4", "lime": "5", "plum": "4"}
    assert result.winners == ("lime", "mint")
    (tie,) = result.ties
    assert (tie.purpose, tie.options, tie.value, tie.chosen) == ("election", ("mint", "plum"), "4", "mint")


def test_a_tie_among_those_elected_anyway_is_about_the_order_alone():
    result = counted("plurality", {"mint": 4, "plum": 4, "lime": 1}, seats=2)
    assert result.winners == ("mint", "plum")
    assert [tie.purpose for tie in result.ties] == ["order"]


def test_the_lot_decides_a_tie_for_the_last_seat():
    for seed in range(8):
        lot = LotOrder("b7", bytes([seed]), OPTIONS)
        result = counted("plurality", {"mint": 4, "plum": 4}, tie_order=lot)
        assert result.winners == (next(option for option in lot.order if option != "lime"),)
        assert result.ties[0].decided_by == "lot"


def test_an_option_nobody_voted_for_is_not_elected():
    assert counted("plurality", {"mint": 1}, seats=3).winners == ("mint",)


@pytest.mark.parametrize("method", ["plurality", "approval", "irv", "stv"])
@pytest.mark.parametrize("ballots", [{}, {"": 5}])
def test_nobody_is_elected_when_nobody_chose(method, ballots):
    result = counted(method, ballots, min=0)
    assert result.winners == ()
    assert set(result.totals.values()) == {"0"}
    assert result.blank == str(ballots.get("", 0))


def test_weights_beyond_64_bits_decide_by_one():
    result = counted("plurality", {"mint": 10**24, "lime": 10**24 + 1})
    assert result.winners == ("lime",)
    assert counted("irv", {"mint": 10**24, "lime": 10**24 + 1}).winners == ("lime",)


@pytest.mark.parametrize("weight", [0, -1, 1.0, True, "1", None])
def test_a_weight_that_is_no_positive_integer_is_refused(weight):
    with pytest.raises(ValueError, match="positive integer"):
        counted("plurality", {"mint": weight})


@pytest.mark.parametrize("text", ["", "cola", "mint,lime"])
def test_a_text_that_is_not_canonical_is_never_skipped(text):
    with pytest.raises(InvalidVote):
        counted("plurality", {"mint": 1, text: 1})


def test_a_tie_order_of_other_options_is_refused():
    for order in (OPTIONS[:2], (*OPTIONS, "cola"), ("mint", "mint", "lime")):
        with pytest.raises(ValueError, match="tie order"):
            counted("plurality", {"mint": 1}, tie_order=StatedOrder(order))


def test_the_digest_is_over_sorted_lines_of_text_and_weight():
    ballots = {"b": 1, "a>b": 10**24, "a": 2, "a-1": 4, "a,b": 3, "": 5}
    lines = sorted(f"{text} {weight}\n".encode() for text, weight in ballots.items())
    assert input_digest(ballots) == hashlib.sha256(b"".join(lines)).hexdigest()


def test_the_result_as_json_holds_no_number_a_client_could_lose_digits_of():
    result = counted("stv", {"mint>lime": 10**24, "plum": 10**24 - 1}, seats=2)

    def numbers(value):
        if isinstance(value, dict):
            return [number for item in value.values() for number in numbers(item)]
        if isinstance(value, list):
            return [number for item in value for number in numbers(item)]
        return [value] if isinstance(value, int | float) and not isinstance(value, bool) else []

    shown = result.to_json()
    assert json.loads(json.dumps(shown)) == shown
    assert all(type(number) is int and number < 1000 for number in numbers(shown))


def test_the_result_names_rule_version_settings_and_tie_order_for_a_recount():
    shown = counted("approval", {"mint": 1}, max=2).to_json()
    assert shown["settings"] == {"min": 1, "max": 2}
    assert shown["version"] == "1"
    assert "approves" in shown["rule"]
    assert shown["tie_order"] == {"rule": "stated_order", "order": list(OPTIONS)}
