"""What holds of every count, checked on random ballots, against slow counts written another way."""

import hashlib
import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.counting import METHODS, LotOrder, Question, StatedOrder, count, explain

OPTIONS = ("mint", "lime", "plum", "cola", "fig")
ROOT = Path(__file__).parents[3]

rankings = st.lists(st.sampled_from(OPTIONS), unique=True, min_size=1).map(">".join)
approvals = st.sets(st.sampled_from(OPTIONS), min_size=1).map(
    lambda chosen: ",".join(option for option in OPTIONS if option in chosen)
)
TEXTS = {
    "yes_no": st.sampled_from(["for", "against", "abstain"]),
    "plurality": st.sampled_from(OPTIONS),
    "approval": approvals,
    "irv": rankings,
    "stv": rankings,
}
weights = st.integers(1, 9) | st.integers(1, 10**24)
LOT = LotOrder("b7", b"seed", OPTIONS)


@st.composite
def elections(draw, methods=tuple(TEXTS), weight=weights):
    """Draw a question, single votes as (text, weight) pairs, and a tie order."""
    method = draw(st.sampled_from(methods))
    votes = draw(st.lists(st.tuples(TEXTS[method], weight), max_size=25))
    options = () if method == "yes_no" else OPTIONS
    seats = draw(st.integers(1, 4)) if METHODS[method].seats == "many" else 1
    tie_order = LotOrder("b7", draw(st.binary(max_size=4)), options)
    return Question(method, options, seats), votes, tie_order


def grouped(votes):
    ballots = {}
    for text, weight in votes:
        ballots[text] = ballots.get(text, 0) + weight
    return ballots


@given(elections(), st.randoms(use_true_random=False))
def test_neither_the_order_of_the_votes_nor_their_grouping_changes_a_byte(election, shuffler):
    question, votes, tie_order = election
    split = [(text, part) for text, weight in votes for part in (1, weight - 1) if part]
    shuffler.shuffle(split)
    one = count(question, grouped(votes), tie_order=tie_order)
    other = count(question, grouped(split), tie_order=tie_order)
    assert json.dumps(one.to_json()) == json.dumps(other.to_json())


@given(elections(methods=("irv", "stv")))
def test_no_vote_is_lost_or_doubled_in_any_round(election):
    question, votes, tie_order = election
    result = count(question, grouped(votes), tie_order=tie_order)
    for counted in result.rounds:
        amounts = [Decimal(total) for total in counted.totals.values()]
        everything = sum(amounts, Decimal(counted.exhausted) + Decimal(counted.rounding_loss))
        assert everything == Decimal(result.valid)
        assert min(*amounts, Decimal(counted.exhausted), Decimal(counted.rounding_loss)) >= 0


@given(elections())
def test_every_count_ends_with_as_many_winners_as_it_can_and_explains_itself(election):
    question, votes, tie_order = election
    result = count(question, grouped(votes), tie_order=tie_order)
    assert len(set(result.winners)) == len(result.winners) <= question.seats
    if votes and question.method in {"irv", "stv"}:
        assert len(result.winners) == question.seats
    elected = [option for counted in result.rounds for option in counted.elected]
    assert tuple(elected) == result.winners
    lines = explain(result, {"mint": "Mint & Co."})
    assert lines == explain(json.loads(json.dumps(result.to_json())), {"mint": "Mint & Co."})
    assert len(lines) == len(result.rounds) + len(result.summary)
    assert all(line and "{" not in line for line in lines)


@given(elections(methods=("plurality", "approval", "irv", "stv")))
def test_every_use_of_the_tie_order_is_recorded(election):
    question, votes, tie_order = election
    ballots = grouped(votes)
    result = count(question, ballots, tie_order=tie_order)
    if not any(tie.decided_by == "lot" for tie in result.ties):
        reversed_order = StatedOrder(tie_order.order[::-1])
        assert count(question, ballots, tie_order=reversed_order).winners == result.winners


def slow_irv(votes, order):
    """Count every ballot afresh in every round; ties by all earlier rounds, the latest first, then order."""
    left = list(OPTIONS)
    history = []
    while True:
        totals = dict.fromkeys(left, 0)
        for text, weight in votes:
            first = next((option for option in text.split(">") if option in left), None)
            if first:
                totals[first] += weight
        history.insert(0, totals)
        best = max(left, key=totals.__getitem__)
        if totals[best] * 2 > sum(totals.values()):
            return best
        left.remove(min(left, key=lambda option: ([then[option] for then in history], -order.index(option))))


@given(elections(methods=("irv",)).filter(lambda election: election[1]))
def test_irv_agrees_with_a_count_from_scratch(election):
    question, votes, tie_order = election
    result = count(question, grouped(votes), tie_order=tie_order)
    assert result.winners == (slow_irv(votes, tie_order.order),)


def slow_scottish(votes, seats, order):  # noqa: C901  the whole rule on one page, to be read against the Order
    """Count single papers, each with its own value in decimals, by the words of the Order."""
    papers = [[text.split(">"), Decimal(1), None] for text, weight in votes for _ in range(weight)]
    quota = len(papers) // (seats + 1) + 1
    standing, elected, done, stages = list(OPTIONS), [], [], []
    kept = dict.fromkeys(OPTIONS, Decimal(0))

    def give(paper):
        paper[2] = next((option for option in paper[0] if option in standing), None)

    for paper in papers:
        give(paper)
    while True:
        totals = {
            option: kept[option] + sum(value for _, value, holder in papers if holder == option)
            for option in OPTIONS
        }
        stages.insert(0, totals)

        def past(option):
            return [then[option] for then in stages] + [-order.index(option)]

        for option in sorted(standing, key=past, reverse=True):
            if totals[option] >= quota:
                elected.append(option)
                standing.remove(option)
        if len(elected) + len(standing) == seats:
            elected += sorted(standing, key=past, reverse=True)
        if len(elected) == seats:
            return elected, [
                {o: str(t.quantize(Decimal("1.00000"))) for o, t in s.items()} for s in stages[::-1]
            ]
        over = [option for option in elected if totals[option] > quota and option not in done]
        if over:
            mover = max(over, key=past)
            done.append(mover)
            kept[mover] = Decimal(quota)
        else:
            mover = min(standing, key=past)
            standing.remove(mover)
        for paper in papers:
            if paper[2] == mover:
                if over:
                    worth = paper[1] * (totals[mover] - quota) * 10**5 // totals[mover]
                    paper[1] = Decimal(worth).scaleb(-5)
                give(paper)


@given(elections(methods=("stv",), weight=st.integers(1, 6)).filter(lambda election: election[1]))
@settings(max_examples=150)
def test_the_scottish_count_agrees_paper_by_paper_with_a_count_by_the_words_of_the_order(election):
    question, votes, tie_order = election
    result = count(question, grouped(votes), tie_order=tie_order)
    elected, stages = slow_scottish(votes, question.seats, tie_order.order)
    assert [dict(counted.totals) for counted in result.rounds] == stages
    assert list(result.winners) == elected


SCRIPT = """
import hashlib, json
from app.domain.counting import LotOrder, Question, count, explain
options = ("mint", "lime", "plum", "cola", "fig")
lot = LotOrder("b7", b"seed", options)
ranked = {"mint>lime": 7, "lime>fig": 7, "plum": 7, "cola>plum": 2, "fig>cola": 2}
approved = {"mint,lime": 2, "lime,plum": 2, "plum,cola": 2}
shown = []
for method, seats, ballots in (
    ("plurality", 3, {"mint": 2, "lime": 2, "plum": 2, "fig": 2}),
    ("approval", 2, approved),
    ("irv", 1, ranked),
    ("stv", 3, ranked),
):
    result = count(Question(method, options, seats), ballots, tie_order=lot)
    shown.append([result.to_json(), explain(result, {})])
print(hashlib.sha256(json.dumps(shown).encode()).hexdigest())
"""


def test_the_interpreters_hash_seed_changes_nothing():
    digests = set()
    for seed in ("0", "1", "2", "3"):
        environment = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        ran = subprocess.run(  # noqa: S603  runs the script above with this interpreter
            [sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True, check=True
        )
        digests.add(ran.stdout.strip())
    assert len(digests) == 1
    assert len(digests.pop()) == len(hashlib.sha256().hexdigest())


@pytest.mark.parametrize("method", TEXTS)
def test_the_properties_above_know_every_method_of_stage_one(method):
    assert method in METHODS
