"""Weighted split: every ballot's weight is divided among the options in the proportion it states.

Known as weighted voting at Snapshot, whose rule this is, in exact fractions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

from app.domain.counting.figures import fraction_text
from app.domain.counting.forms.portions import Shares
from app.domain.counting.method import BallotMeaning, Method
from app.domain.counting.question import Question
from app.domain.counting.result import Tally
from app.domain.counting.seats import seats_in_words
from app.domain.counting.sums import elect_by_sums
from app.domain.counting.ties import TieOrder

FORM = Shares()


def tally_weighted_split(question: Question, ballots: Mapping[str, int], tie_order: TieOrder) -> Tally:
    """Add up what each ballot's weight gives each option. ``ballots`` is not empty."""
    read = FORM.reader(question)
    # Ballots divided into equally many parts are added as whole numbers; fractions meet only at the end.
    by_parts: dict[int, dict[str, int]] = {}
    for text, weight in ballots.items():
        shares = read(text)
        sums = by_parts.setdefault(sum(share for _, share in shares), {})
        for option, share in shares:
            sums[option] = sums.get(option, 0) + weight * share
    totals = {
        option: sum((Fraction(sums.get(option, 0), parts) for parts, sums in by_parts.items()), Fraction(0))
        for option in question.options
    }
    tally = elect_by_sums(question, totals, tie_order, kind="shares")
    valid = sum(ballots.values())
    shares_of_all = {option: fraction_text(total / valid) for option, total in totals.items()}
    return replace(tally, allocation=shares_of_all)


WEIGHTED_SPLIT = Method(
    name="weighted_split",
    version="1",
    title="Weighted split: shares of one's weight",
    rule=lambda question: (
        "Each ballot states shares in whole numbers that add up to at most "
        f"{question.settings['parts']}; its weight is divided among the options in that proportion, exactly. An "
        "option's total is the sum of what it gets; its part of the whole (the allocation) is its total divided "
        f"by the weight of all valid ballots. The {seats_in_words(question.seats)} with the highest total "
        f"{'is' if question.seats == 1 else 'are'} elected. An option nobody gives a share is not elected, even if "
        "a seat stays empty."
    ),
    ballots=BallotMeaning(
        invalid="Unknown options, shares that are negative or not whole, and shares that add up to more than the "
        "setting parts, are refused when cast.",
        empty="A ballot without a share is blank: admitted where min is 0; it takes part and gives nothing.",
        partial="Options left out get nothing: the shares stated divide the whole weight.",
    ),
    ties="Options with equal totals at the last seat are decided by the ballot's tie order.",
    form=FORM,
    tally=tally_weighted_split,
    choice_example={"mint": 2, "lime": 1},
    seats="many",
)
