"""Approval ballots as the committee methods read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.counting.forms.approvals import Approvals
from app.domain.counting.method import BallotMeaning
from app.domain.counting.question import Question

FORM = Approvals()

BALLOTS = BallotMeaning(
    invalid="Unknown or repeated options, fewer than min or more than max, are refused when cast.",
    empty="An empty list is a blank ballot: admitted where min is 0; it takes part and approves of none.",
    partial="Options not approved get nothing from the ballot.",
)

UNSUPPORTED = "An option nobody approves is not elected, even if a seat stays empty."


@dataclass(frozen=True, slots=True)
class Approved:
    """Distinct ballots with their weights, and who approves what.

    :param ballots: the options each ballot approves.
    :param weights: of the ballots.
    :param votes: option to the weight of the ballots that approve it, in the question's order.
    :param supporters: option to the places of these ballots; only options somebody approves.
    """

    ballots: list[tuple[str, ...]]
    weights: list[int]
    votes: dict[str, int]
    supporters: dict[str, list[int]]

    @property
    def totals(self) -> dict[str, str]:
        """Return the votes as the result shows them."""
        return {option: str(total) for option, total in self.votes.items()}


def read_approved(question: Question, texts: Mapping[str, int]) -> Approved:
    """Read canonical texts with their weights."""
    read = FORM.reader(question)
    ballots = [read(text) for text in texts]
    weights = list(texts.values())
    votes = dict.fromkeys(question.options, 0)
    supporters: dict[str, list[int]] = {option: [] for option in question.options}
    for index, (options, weight) in enumerate(zip(ballots, weights, strict=True)):
        for option in options:
            votes[option] += weight
            supporters[option].append(index)
    return Approved(ballots, weights, votes, {option: who for option, who in supporters.items() if who})
