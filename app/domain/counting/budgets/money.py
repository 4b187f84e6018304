"""What there is to spend, what each option costs, and what it needs to be considered at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.domain.counting.question import Problem, Question
from app.domain.counting.settings import (
    AmountsSetting,
    ChoiceSetting,
    IntegerSetting,
    RatioSetting,
    Setting,
    reference_token,
)
from app.domain.decision import Ratio

MOST = 2**53 - 1
"""The largest amount: JSON clients read integers exactly up to here."""

BUDGET = IntegerSetting(
    "budget", "What may be spent, in the currency's smallest unit.", None, 1, MOST, required=True
)
COSTS = AmountsSetting("costs", "What each option costs, in the same unit as the budget.", 1, MOST)
MIN_VOTES = IntegerSetting("min_votes", "Fewest votes (or points) with which an option can be funded.", 1, 1)
MIN_SHARE = RatioSetting(
    "min_share",
    "Smallest share of the valid votes with which an option can be funded; points count as they are.",
    "0",
)
TIES = ChoiceSetting(
    "ties",
    "How a tie is broken.",
    "tie_order",
    {
        "tie_order": "the ballot's tie order decides",
        "lower_cost": "the option that costs less goes first, then the ballot's tie order decides",
    },
)

MONEY_SETTINGS: tuple[Setting, ...] = (BUDGET, COSTS, MIN_VOTES, MIN_SHARE, TIES)

MONEY_EXAMPLE: Mapping[str, Any] = {
    "budget": 60_000,
    "costs": {"mint": 40_000, "lime": 25_000, "plum": 30_000},
}
"""The money of the documentation's question: options mint, lime and plum."""


def cost_problems(question: Question) -> list[Problem]:
    """Name every option without a cost, and every cost of something that is no option."""
    costs = question.settings["costs"]
    known = frozenset(question.options)
    problems = [
        (f"/settings/costs/{reference_token(key)}", f'"{str(key)[:40]}" is not an option of this ballot')
        for key in costs
        if key not in known
    ]
    missing = [option for option in question.options if option not in costs]
    return problems + [("/settings/costs", f'"{option}" has no cost') for option in missing]


def eligible(question: Question, votes: Mapping[str, int], valid: int) -> list[str]:
    """Return the options with votes enough to be funded, in the question's order.

    :param votes: every option's votes (or points).
    :param valid: the weight of the ballots that express a choice.
    """
    fewest = fewest_votes(question, valid)
    return [option for option in question.options if votes[option] >= fewest]


def fewest_votes(question: Question, valid: int) -> int:
    """Return the smallest whole number of votes that meets both thresholds."""
    share = Ratio.parse(question.settings["min_share"])
    fewest: int = question.settings["min_votes"]
    return max(fewest, -(-share.numerator * valid // share.denominator))


def threshold_rule(question: Question) -> str:
    """State the thresholds in one sentence."""
    rule = f"An option with fewer than {question.settings['min_votes']} votes is not funded"
    share = Ratio.parse(question.settings["min_share"])
    if share.numerator:
        rule += f", nor one with fewer than {share} of the number of valid votes"
    return f"{rule}."


def tie_rule(question: Question) -> str:
    """State how ties are broken, without a full stop."""
    return TIES.choices[question.settings["ties"]]
