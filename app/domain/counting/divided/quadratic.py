"""Quadratic voting: votes are bought with credits at the price of their square; most votes win.

Source: S. Lalley and E. G. Weyl, "Quadratic Voting" (AEA Papers and Proceedings 108, 2018), with equal
budgets of voice credits instead of money.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import isqrt

from app.domain.counting.forms.portions import BoughtVotes
from app.domain.counting.method import BallotMeaning, Method
from app.domain.counting.question import Question
from app.domain.counting.result import Tally
from app.domain.counting.seats import seats_in_words
from app.domain.counting.sums import elect_by_sums
from app.domain.counting.ties import TieOrder

FORM = BoughtVotes()


def tally_quadratic(question: Question, ballots: Mapping[str, int], tie_order: TieOrder) -> Tally:
    """Add the votes up. ``ballots`` is not empty."""
    read = FORM.reader(question)
    sums = dict.fromkeys(question.options, 0)
    spent = 0
    for text, weight in ballots.items():
        for option, votes in read(text):
            sums[option] += weight * votes
            spent += weight * votes * votes
    return elect_by_sums(
        question, sums, tie_order, kind="bought_votes", figures={"credits_spent": str(spent)}
    )


def _rule(question: Question) -> str:
    budget = question.settings["credits"]
    return (
        f"Each ballot has {budget} credits and buys votes with them: v votes for one option cost v times v credits, "
        f"so at most {isqrt(budget)} for one. An option's total is the sum of its votes times the ballot's "
        f"weight; the weight buys no credits. The {seats_in_words(question.seats)} with the most votes "
        f"{'is' if question.seats == 1 else 'are'} elected. An option nobody votes for is not elected, even if a "
        "seat stays empty."
    )


QUADRATIC = Method(
    name="quadratic",
    version="1",
    title="Quadratic: credits buy votes, at the price of their square",
    rule=_rule,
    ballots=BallotMeaning(
        invalid="Unknown options, numbers of votes that are negative or not whole, and votes that cost more than "
        "the credits, are refused when cast.",
        empty="A ballot without a vote is blank: admitted where min is 0; it takes part and supports none.",
        partial="Options left out get no votes; credits left over are lost.",
    ),
    ties="Options with equal votes at the last seat are decided by the ballot's tie order.",
    form=FORM,
    tally=tally_quadratic,
    choice_example={"mint": 7, "lime": 7},
    seats="many",
)
