"""For, against or abstain: the three sums. Whether the proposal passes is app.domain.decision's affair."""

from __future__ import annotations

from collections.abc import Mapping

from app.domain.counting.forms.single import YES_NO_ANSWERS, YesNoAnswer
from app.domain.counting.method import BallotMeaning, Method
from app.domain.counting.question import Question
from app.domain.counting.result import Round, Statement, Tally
from app.domain.counting.ties import TieOrder

FORM = YesNoAnswer()


def tally_yes_no(question: Question, ballots: Mapping[str, int], tie_order: TieOrder) -> Tally:  # noqa: ARG001  nothing to break
    """Sum the weight for, against and abstaining."""
    read = FORM.reader(question)
    sums = dict.fromkeys(YES_NO_ANSWERS, 0)
    for text, weight in ballots.items():
        sums[read(text)] += weight
    totals = {answer: str(total) for answer, total in sums.items()}
    return Tally(
        winners=(),
        totals=totals,
        rounds=(Round(1, "count", totals, statements=(Statement("yes_no.sums", totals),)),),
    )


YES_NO = Method(
    name="yes_no",
    version="1",
    title="For, against or abstain",
    rule=lambda _question: (
        "The weight of the votes for, against and abstaining is added up. Quorum, threshold, minimum "
        "approval and rejection quorum of the decision type turn the three sums into passed, rejected or "
        "inquorate."
    ),
    ballots=BallotMeaning(
        invalid='Anything but "for", "against" or "abstain" is refused when it is cast.',
        empty="There is no blank ballot; a voter without a view abstains.",
        partial="There is no partial ballot.",
    ),
    ties="No tie is broken: the threshold says whether as many for as against is enough.",
    form=FORM,
    tally=tally_yes_no,
    choice_example="for",
    seats="none",
)
