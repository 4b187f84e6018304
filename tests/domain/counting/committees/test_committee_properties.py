"""What holds of every committee count, and that no count of money, committees or juries depends on hashing."""

import json
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from app.domain.counting import LotOrder, Question, StatedOrder, count, explain

OPTIONS = ("mint", "lime", "plum", "cola", "fig")
ROOT = Path(__file__).parents[4]
LOT = LotOrder("b7", b"seed", OPTIONS)

approvals = st.sets(st.sampled_from(OPTIONS), min_size=1).map(
    lambda chosen: ",".join(option for option in OPTIONS if option in chosen)
)
votes = st.lists(st.tuples(approvals, st.integers(1, 4) | st.integers(1, 10**24)), min_size=1, max_size=12)
questions = st.builds(
    Question,
    st.just("sequential_phragmen"),
    st.just(OPTIONS),
    st.integers(1, 5),
) | st.builds(
    Question,
    st.just("pav"),
    st.just(OPTIONS),
    st.integers(1, 5),
    st.sampled_from([{"computation": "exact"}, {"computation": "sequential"}]),
)


def grouped(cast):
    ballots = {}
    for text, weight in cast:
        ballots[text] = ballots.get(text, 0) + weight
    return ballots


@given(questions, votes, st.randoms(use_true_random=False))
def test_neither_the_order_of_the_votes_nor_their_grouping_changes_a_byte(question, cast, shuffler):
    split = [(text, part) for text, weight in cast for part in (1, weight - 1) if part]
    shuffler.shuffle(split)
    one = count(question, grouped(cast), tie_order=LOT)
    other = count(question, grouped(split), tie_order=LOT)
    assert json.dumps(one.to_json()) == json.dumps(other.to_json())


@given(questions, votes)
def test_every_seat_that_can_be_filled_is_and_the_count_explains_itself(question, cast):
    result = count(question, grouped(cast), tie_order=LOT)
    supported = {option for text, _ in cast for option in text.split(",")}
    assert len(set(result.winners)) == len(result.winners) == min(question.seats, len(supported))
    assert set(result.winners) <= supported
    assert [option for counted in result.rounds for option in counted.elected] == list(result.winners)
    lines = explain(json.loads(json.dumps(result.to_json())), {"mint": "Mint & Co."})
    assert len(lines) == len(result.rounds)
    assert all(line and "{" not in line for line in lines)


@given(questions, votes)
def test_every_use_of_the_tie_order_is_recorded(question, cast):
    result = count(question, grouped(cast), tie_order=LOT)
    if not result.ties:
        backwards = StatedOrder(LOT.order[::-1])
        assert set(count(question, grouped(cast), tie_order=backwards).winners) == set(result.winners)


@given(votes)
def test_a_larger_sequential_committee_keeps_the_smaller_one(cast):
    for method in ("sequential_phragmen", "pav"):
        committees = [
            count(Question(method, OPTIONS, seats), grouped(cast), tie_order=LOT).winners
            for seats in range(1, 6)
        ]
        for smaller, larger in pairwise(committees):
            assert larger[: len(smaller)] == smaller


SCRIPT = """
import hashlib, json
from app.domain.counting import LotOrder, Question, count, draw, explain
options = ("mint", "lime", "plum", "cola", "fig")
lot = LotOrder("b7", b"seed", options)
approved = {"mint,lime": 2, "lime,plum": 2, "plum,cola": 2, "fig": 1}
money = {"budget": 70, "costs": {"mint": 30, "lime": 30, "plum": 30, "cola": 30, "fig": 10}}
shown = []
for method, seats, settings in (
    ("greedy_budget", 1, money),
    ("equal_shares", 1, money | {"comparison": "options"}),
    ("equal_shares", 1, money | {"utility": "cardinality", "completion": "add1"}),
    ("pav", 3, {}),
    ("pav", 3, {"computation": "exact"}),
    ("sequential_phragmen", 3, {}),
):
    result = count(Question(method, options, seats, settings), approved, tie_order=lot)
    shown.append([result.to_json(), explain(result, {})])
roll = [f"m{number}" for number in range(50)]
jury = draw("d", b"s", set(roll), 6, strata={member: member[-1] for member in roll})
shown.append([jury.to_json(), explain(jury.to_json(), {})])
print(hashlib.sha256(json.dumps(shown).encode()).hexdigest())
"""


def test_the_interpreters_hash_seed_changes_nothing():
    digests = set()
    for seed in ("0", "1", "2"):
        environment = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        ran = subprocess.run(  # noqa: S603  runs the script above with this interpreter
            [sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True, check=True
        )
        digests.add(ran.stdout.strip())
    assert len(digests) == 1
    assert len(digests.pop()) == 64
