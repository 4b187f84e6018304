"""Greedy budgeting, the plain rule of most cities: the best supported options are funded while money lasts."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from app.domain.counting.budgets.in_order import buy_in_order
from app.domain.counting.budgets.money import (
    MONEY_EXAMPLE,
    MONEY_SETTINGS,
    cost_problems,
    eligible,
    threshold_rule,
    tie_rule,
)
from app.domain.counting.budgets.purchases import Purchases
from app.domain.counting.budgets.reports import support_statements
from app.domain.counting.forms.support import Support
from app.domain.counting.method import BallotMeaning, Method
from app.domain.counting.question import Question
from app.domain.counting.result import Tally
from app.domain.counting.settings import ChoiceSetting
from app.domain.counting.ties import TieOrder

FORM = Support()

ORDER = ChoiceSetting(
    "order",
    "What options are ranked by.",
    "votes",
    {"votes": "their votes (or points)", "votes_per_cost": "their votes (or points) divided by their cost"},
)
UNAFFORDABLE = ChoiceSetting(
    "unaffordable",
    "What becomes of an option that costs more than is left.",
    "skip",
    {"skip": "it is passed over and the next one looked at", "stop": "no further option is funded"},
)


def tally_greedy_budget(question: Question, ballots: Mapping[str, int], tie_order: TieOrder) -> Tally:
    """Fund options in order of support. ``ballots`` is not empty."""
    read = FORM.reader(question)
    votes = dict.fromkeys(question.options, 0)
    for text, weight in ballots.items():
        for option, amount in read(text):
            votes[option] += amount * weight
    valid = sum(ballots.values())
    candidates = eligible(question, votes, valid)
    purchases = Purchases(question, tie_order)
    statements, short = support_statements(question, votes, valid)
    totals = {option: str(total) for option, total in votes.items()}
    purchases.report("count", statements, totals=totals, excluded=short)
    per_cost = question.settings["order"] == "votes_per_cost"
    rank = {
        option: Fraction(votes[option], purchases.costs[option] if per_cost else 1) for option in candidates
    }
    stop = question.settings["unaffordable"] == "stop"
    buy_in_order(purchases, candidates, votes, rank.__getitem__, stop=stop)
    return purchases.tally(votes)


def _rule(question: Question) -> str:
    given = {
        "approvals": "An option has one vote from every ballot that approves it.",
        "points": "An option has the points ballots give it, counted as votes.",
        "ranking": "An option has points from every ballot that ranks it, counted as votes: as many as "
        "options can be listed for the first, one less for each further place.",
    }[question.settings["ballot"]]
    ranked = ORDER.choices[question.settings["order"]]
    unaffordable = UNAFFORDABLE.choices[question.settings["unaffordable"]]
    return (
        f"{given} {threshold_rule(question)} The options are taken in order of {ranked}, the most first. "
        f"An option is funded, whole, if the budget left pays its cost; if not, {unaffordable}. A tie: "
        f"{tie_rule(question)}. Money left over is not spent."
    )


GREEDY_BUDGET = Method(
    name="greedy_budget",
    version="1",
    title="Budget by votes: the best supported options, while the money lasts",
    rule=_rule,
    ballots=BallotMeaning(
        invalid="Unknown or repeated options, too few or too many, or more points than there are, are refused "
        "when cast.",
        empty="An empty list or object is a blank ballot: admitted where min is 0; it takes part, supports "
        "none, and does not raise the votes an option needs.",
        partial="Options left out get nothing from the ballot; points kept back are lost.",
    ),
    ties="Options with equal votes are taken in the ballot's tie order, the cheaper first if the question "
    "says so (setting: ties).",
    form=FORM,
    tally=tally_greedy_budget,
    choice_example=["mint", "lime"],
    own_settings=(*MONEY_SETTINGS, ORDER, UNAFFORDABLE),
    own_problems=cost_problems,
    seats="budget",
    settings_example=MONEY_EXAMPLE,
)
