"""The options with the most votes: plurality and approval."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from app.domain.counting.forms.approvals import Approvals
from app.domain.counting.forms.single import OneOption
from app.domain.counting.method import BallotMeaning, Method
from app.domain.counting.question import Question
from app.domain.counting.result import Tally
from app.domain.counting.seats import seats_in_words
from app.domain.counting.sums import elect_by_sums
from app.domain.counting.ties import TieOrder

ONE_OPTION = OneOption()
APPROVALS = Approvals()

UNSUPPORTED = "An option nobody voted for is not elected, even if a seat stays empty."


def tally_plurality(question: Question, ballots: Mapping[str, int], tie_order: TieOrder) -> Tally:
    """Count one vote a ballot and elect the options with the most."""
    read = ONE_OPTION.reader(question)
    return _most(question, (((read(text),), weight) for text, weight in ballots.items()), tie_order)


def tally_approval(question: Question, ballots: Mapping[str, int], tie_order: TieOrder) -> Tally:
    """Count one vote for every option a ballot approves and elect the options with the most."""
    read = APPROVALS.reader(question)
    return _most(question, ((read(text), weight) for text, weight in ballots.items()), tie_order)


def _most(question: Question, votes: Iterable[tuple[Sequence[str], int]], tie_order: TieOrder) -> Tally:
    sums = dict.fromkeys(question.options, 0)
    for options, weight in votes:
        for option in options:
            sums[option] += weight
    return elect_by_sums(question, sums, tie_order, kind="most_votes")


PLURALITY = Method(
    name="plurality",
    version="1",
    title="One choice, most votes",
    rule=lambda question: (
        f"Each ballot is one vote for one option. The {seats_in_words(question.seats)} with the most votes "
        f"{'is' if question.seats == 1 else 'are'} elected. {UNSUPPORTED}"
    ),
    ballots=BallotMeaning(
        invalid="A choice that is not one of the options is refused when it is cast.",
        empty="null or an empty text is a blank ballot: admitted where min is 0; it supports none.",
        partial="There is no partial ballot.",
    ),
    ties="Options with equal votes at the last seat are decided by the ballot's tie order.",
    form=ONE_OPTION,
    tally=tally_plurality,
    choice_example="mint",
    own_settings=(),
    seats="many",
)

APPROVAL = Method(
    name="approval",
    version="1",
    title="Approval: any number of choices, most votes",
    rule=lambda question: (
        f"Each ballot is one vote for every option it approves. The {seats_in_words(question.seats)} with "
        f"the most votes {'is' if question.seats == 1 else 'are'} elected. {UNSUPPORTED}"
    ),
    ballots=BallotMeaning(
        invalid="Unknown or repeated options, fewer than min or more than max, are refused when cast.",
        empty="An empty list is a blank ballot: admitted where min is 0; it takes part and approves of none.",
        partial="Options not approved get nothing from the ballot.",
    ),
    ties="Options with equal votes at the last seat are decided by the ballot's tie order.",
    form=APPROVALS,
    tally=tally_approval,
    choice_example=["mint", "lime"],
    seats="many",
)
