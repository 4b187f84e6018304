"""What holds of every count by a ranked or scored method, checked on random ballots."""

import contextlib
import hashlib
import json
import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from app.domain.counting import (
    METHODS,
    InvalidVote,
    LotOrder,
    Question,
    StatedOrder,
    canonical,
    count,
    explain,
    parse,
    to_choice,
)
from tests.domain.counting.elections import CHOICES, OPTIONS, elections, grouped

ROOT = Path(__file__).parents[3]
LOT = LotOrder("b7", b"seed", OPTIONS)
PAIRWISE = ("schulze", "ranked_pairs", "copeland")
relaxed = settings(deadline=None)


@relaxed
@given(elections(), st.randoms(use_true_random=False))
def test_neither_the_order_of_the_votes_nor_their_grouping_changes_a_byte(election, shuffler):
    question, votes = election
    split = [(text, part) for text, weight in votes for part in (1, weight - 1) if part]
    shuffler.shuffle(split)
    one = count(question, grouped(votes), tie_order=LOT)
    other = count(question, grouped(split), tie_order=LOT)
    assert json.dumps(one.to_json()) == json.dumps(other.to_json())


@relaxed
@given(elections())
def test_every_count_explains_itself_and_survives_json(election):
    question, votes = election
    result = count(question, grouped(votes), tie_order=LOT)
    assert len(set(result.winners)) == len(result.winners) <= question.seats
    assert result.winners == tuple(option for stage in result.rounds for option in stage.elected)
    assert [stage.number for stage in result.rounds] == list(range(1, len(result.rounds) + 1))
    assert all(list(stage.totals) == list(OPTIONS) for stage in result.rounds)
    shown = json.loads(json.dumps(result.to_json()))
    assert shown == result.to_json()
    lines = explain(result, {"mint": "Mint & Co."}, decimals=3)
    assert lines == explain(shown, {"mint": "Mint & Co."}, decimals=3)
    assert len(lines) == len(result.rounds) + len(result.summary)
    assert all(line and "{" not in line for line in lines)


@relaxed
@given(elections(min_votes=1))
def test_every_total_is_an_exact_number(election):
    question, votes = election
    result = count(question, grouped(votes), tie_order=LOT)
    for stage in result.rounds:
        for amount in (*stage.totals.values(), stage.exhausted, stage.rounding_loss):
            assert isinstance(amount, str)
            Fraction(amount)
    assert not [number for number in _numbers(result.to_json()) if isinstance(number, float)]


def _numbers(value):
    if isinstance(value, dict):
        return [number for item in value.values() for number in _numbers(item)]
    if isinstance(value, list):
        return [number for item in value for number in _numbers(item)]
    return [value] if isinstance(value, int | float) else []


@relaxed
@given(elections(min_votes=1))
def test_every_use_of_the_tie_order_is_recorded(election):
    question, votes = election
    ballots = grouped(votes)
    result = count(question, ballots, tie_order=LOT)
    if not any(tie.decided_by == "lot" for tie in result.ties):
        reversed_order = StatedOrder(LOT.order[::-1])
        assert count(question, ballots, tie_order=reversed_order).winners == result.winners


@relaxed
@given(elections(methods=("stv",), min_votes=1), st.integers(1, 4))
def test_no_vote_is_lost_or_doubled_in_any_round_of_a_transferable_vote(election, seats):
    question, votes = election
    result = count(Question("stv", OPTIONS, seats, question.settings), grouped(votes), tie_order=LOT)
    assert len(result.winners) == seats
    for stage in result.rounds:
        amounts = [*map(Fraction, stage.totals.values()), Fraction(stage.exhausted)]
        assert sum(amounts) + Fraction(stage.rounding_loss) == int(result.valid)
        assert min(amounts) >= 0
        assert stage.rounding_loss.strip("0.") == ""


@relaxed
@given(elections(methods=PAIRWISE, min_votes=1))
def test_an_option_that_beats_every_other_wins_and_one_that_beats_none_does_not(election):
    question, votes = election
    result = count(question, grouped(votes), tie_order=LOT)
    rows = result.tables["pairwise"]
    wins = {
        one: sum(int(rows[one][other]) > int(rows[other][one]) for other in OPTIONS if other != one)
        for one in OPTIONS
    }
    losses = {
        one: sum(int(rows[one][other]) < int(rows[other][one]) for other in OPTIONS if other != one)
        for one in OPTIONS
    }
    for option in OPTIONS:
        if wins[option] == len(OPTIONS) - 1:
            assert result.winners == (option,)
        if losses[option] == len(OPTIONS) - 1 and question.settings.get("status_quo") != option:
            assert result.winners != (option,)


@relaxed
@given(
    elections(methods=PAIRWISE, min_votes=1).filter(lambda election: "status_quo" not in election[0].settings)
)
def test_the_winner_is_in_the_smallest_set_whose_members_beat_everyone_outside_it(election):
    question, votes = election
    result = count(question, grouped(votes), tie_order=LOT)
    rows = result.tables["pairwise"]

    def grown(members):
        """Take in whoever a member does not beat, until the members beat everyone else."""
        more = {
            one
            for one in OPTIONS
            for member in members
            if one != member and int(rows[one][member]) >= int(rows[member][one])
        }
        return members if more <= members else grown(members | more)

    smith_set = min((grown({option}) for option in OPTIONS), key=len)
    assert result.winners[0] in smith_set


def _raised(question, text, winner):
    """Return a ballot that differs by putting the winner on top."""
    method = METHODS[question.method]
    complete = method.completed(question)
    choice = to_choice(question, text)
    if isinstance(choice, list):
        rest = [
            [option for option in (rank if isinstance(rank, list) else [rank]) if option != winner]
            for rank in choice
        ]
        return canonical(question, [winner, *[rank for rank in rest if rank]])
    best = complete.settings["grades"][0] if "grades" in complete.settings else None
    if question.method in {"score", "star"}:
        best = complete.settings["highest_score"]
    if best is not None:
        return canonical(question, choice | {winner: best})
    more = choice | {winner: choice.get(winner, 0) + 1}
    # A ballot that has given all it may takes the point from another option.
    for taken in (None, *(option for option in OPTIONS if option != winner and choice.get(option, 0))):
        numbers = more if taken is None else more | {taken: choice[taken] - 1}
        with contextlib.suppress(InvalidVote):
            return canonical(question, numbers)
    return reject()  # it gives the winner everything already


MONOTONE = tuple(method for method in CHOICES if method != "stv")


@relaxed
@given(
    elections(methods=MONOTONE, min_votes=1).filter(
        lambda election: (
            election[0].settings.get("decides") != "mean"
            and election[0].settings.get("unranked") != "modified"
        )
    ),
    st.data(),
)
def test_more_support_never_harms_the_winner(election, data):
    question, votes = election
    before = count(question, grouped(votes), tie_order=LOT)
    if not before.winners:
        return
    (winner,) = before.winners
    chosen = data.draw(st.integers(0, len(votes) - 1))
    text, weight = votes[chosen]
    raised = [*votes[:chosen], (_raised(question, text, winner), weight), *votes[chosen + 1 :]]
    assert count(question, grouped(raised), tie_order=LOT).winners == (winner,)


@relaxed
@given(
    elections(methods=tuple(method for method in CHOICES if method != "stv"), min_votes=1),
    st.integers(2, 10**12),
)
def test_multiplying_every_weight_changes_no_winner(election, factor):
    question, votes = election
    result = count(question, grouped(votes), tie_order=LOT)
    multiplied = count(question, grouped((text, weight * factor) for text, weight in votes), tie_order=LOT)
    assert multiplied.winners == result.winners


@pytest.mark.parametrize("method", CHOICES)
@pytest.mark.parametrize("ballots", [{}, {"": 5}])
def test_nobody_is_elected_when_nobody_chose(method, ballots):
    result = count(Question(method, OPTIONS, settings={"min": 0}), ballots, tie_order=LOT)
    assert result.winners == ()
    assert set(result.totals.values()) == {"0"}
    assert result.blank == str(ballots.get("", 0))


@pytest.mark.parametrize("method", CHOICES)
def test_weights_of_a_quadrillion_quadrillions_decide_by_one(method):
    examples = {"grades": ("excellent", "excellent"), "number": (1, 1)}
    choice = METHODS[method].choice_example
    if isinstance(choice, list):
        one, other = ["mint"], ["lime"]
    else:
        kind = "grades" if method == "majority_judgment" else "number"
        one, other = ({option: value} for option, value in zip(("mint", "lime"), examples[kind], strict=True))
    question = Question(method, ("mint", "lime"))
    ballots = {canonical(question, one): 10**24, canonical(question, other): 10**24 + 1}
    assert count(question, ballots, tie_order=StatedOrder(("mint", "lime"))).winners == ("lime",)


@pytest.mark.parametrize("method", CHOICES)
def test_a_sole_option_wins_with_a_single_vote(method):
    choice = METHODS[method].choice_example
    choice = ["mint"] if isinstance(choice, list) else {"mint": choice["mint"]}
    question = Question(method, ("mint",))
    result = count(question, {canonical(question, choice): 1}, tie_order=StatedOrder(("mint",)))
    assert result.winners == ("mint",)
    assert all(explain(result, {}))


SCRIPT = """
import hashlib, json, sys
from app.domain.counting import METHODS, LotOrder, Question, canonical, count, explain
options = ("mint", "lime", "plum", "cola", "fig")
lot = LotOrder("b7", b"seed", options)
choices = {
    "ranking": [["mint", ["lime", "fig"]], ["lime", "mint"], ["plum"], [["cola", "fig"], "plum"], ["fig", "cola"]],
    "strict": [["mint", "lime"], ["lime", "fig"], ["plum"], ["cola", "plum"], ["fig", "cola"]],
    "numbers": [{"mint": 3, "lime": 2}, {"lime": 3}, {"plum": 3, "fig": 3}, {"fig": 1, "mint": 1}, {"cola": 2}],
    "grades": [{"mint": "good", "lime": "good"}, {"plum": "good"}, {"fig": "poor", "cola": "excellent"}],
}
kinds = {"stv": "strict", "majority_judgment": "grades"}
shown = []
for method in sys.argv[1:]:
    for rules in ("gregory", "meek") if method == "stv" else (None,):
        question = Question(method, options, settings={"rules": rules} if rules else {})
        kind = kinds.get(method, "ranking" if isinstance(METHODS[method].choice_example, list) else "numbers")
        ballots = {canonical(question, choice): 2 for choice in choices[kind]}
        result = count(question, ballots, tie_order=lot)
        shown.append([result.to_json(), explain(result, {})])
print(hashlib.sha256(json.dumps(shown).encode()).hexdigest())
"""


def test_the_interpreters_hash_seed_changes_nothing():
    digests = set()
    for seed in ("0", "1", "2", "3"):
        environment = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        ran = subprocess.run(  # noqa: S603  runs the script above with this interpreter
            [sys.executable, "-c", SCRIPT, *CHOICES],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        digests.add(ran.stdout.strip())
    assert len(digests) == 1
    assert len(digests.pop()) == len(hashlib.sha256().hexdigest())


@relaxed
@given(st.data(), st.sampled_from(tuple(CHOICES)))
def test_every_choice_returns_from_its_text(data, method):
    question = Question(method, OPTIONS)
    text = canonical(question, data.draw(CHOICES[method]))
    assert canonical(question, to_choice(question, text)) == text
    assert parse(question, text)
