"""A city of ten thousand voters is counted while one waits."""

import time

import pytest

from app.domain.counting import LotOrder, Question, count

VOTERS, PROJECTS = 10_000, 200
OPTIONS = tuple(f"p{number}" for number in range(PROJECTS))
COSTS = {option: 1000 + 7919 * number % 90_000 for number, option in enumerate(OPTIONS)}


def ballots():
    """Make ballots of 1 to 15 approvals that hardly repeat, by multiplying round a circle."""
    texts = {}
    for voter in range(1, VOTERS + 1):
        size = 1 + voter % 15
        # Squares crowd towards the first projects, so some are popular.
        chosen = {(voter * 7919 * (step + 3) % 14_142) ** 2 // 1_000_000 for step in range(size)}
        text = ",".join(f"p{number}" for number in sorted(chosen))
        texts[text] = texts.get(text, 0) + 1
    return texts


@pytest.mark.parametrize(
    ("method", "settings"),
    [
        ("greedy_budget", {}),
        ("equal_shares", {"completion": "greedy"}),
        ("equal_shares", {"completion": "greedy", "utility": "cardinality"}),
    ],
)
def test_ten_thousand_voters_and_two_hundred_projects(method, settings):
    money = {"budget": sum(COSTS.values()) // 4, "costs": COSTS}
    question = Question(method, OPTIONS, settings=money | settings)
    votes = ballots()
    assert len(votes) > VOTERS * 8 // 10
    started = time.perf_counter()
    result = count(question, votes, tie_order=LotOrder("b7", b"seed", OPTIONS))
    # About half a second on an idle machine; a busy one is given its time.
    assert time.perf_counter() - started < 20
    assert len(result.winners) > 30
