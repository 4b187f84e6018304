"""What every budget count says before it spends."""

from __future__ import annotations

from collections.abc import Mapping

from app.domain.counting.budgets.money import eligible, fewest_votes
from app.domain.counting.question import Question
from app.domain.counting.result import Statement


def support_statements(
    question: Question, votes: Mapping[str, int], valid: int
) -> tuple[list[Statement], tuple[str, ...]]:
    """Say how many votes every option has, and return that with the options that have too few."""
    totals = {option: str(total) for option, total in votes.items()}
    said = [Statement("budget.support", {"totals": totals})]
    candidates = frozenset(eligible(question, votes, valid))
    short = tuple(option for option in question.options if option not in candidates)
    if short:
        fewest = str(fewest_votes(question, valid))
        said.append(Statement("budget.below_threshold", {"options": short, "fewest": fewest}))
    return said, short
