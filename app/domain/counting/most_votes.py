"""The options with the most votes: plurality and approval."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from app.domain.counting.forms.approvals import Approvals
from app.domain.counting.forms.single import OneOption
from app.domain.counting.method import BallotMeaning, Method
from app.domain.counting.question import Question
from app.domain.counting.result import Round, Statement, Tally, tie_statements
from app.domain.counting.ties import Purpose, Tie, TieOrder, break_tie

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
    winners, ties = _elect(question, sums, tie_order)
    totals = {option: str(total) for option, total in sums.items()}
    statements = [Statement("most_votes.totals", {"totals": totals})]
    statements += [said for tie in ties for said in tie_statements(tie)]
    if winners:
        elected = {option: totals[option] for option in winners}
        key = "most_votes.winner" if len(winners) == 1 else "most_votes.winners"
        statements.append(Statement(key, {"elected": elected, "winners": winners}))
    counted = Round(1, "count", totals, elected=winners, ties=ties, statements=tuple(statements))
    return Tally(winners, totals, (counted,))


def _elect(
    question: Question, sums: Mapping[str, int], tie_order: TieOrder
) -> tuple[tuple[str, ...], tuple[Tie, ...]]:
    """Fill the seats one after the other with whoever has most of those left and any votes at all."""
    winners: list[str] = []
    ties: list[Tie] = []
    left = {option: total for option, total in sums.items() if total}
    while left and len(winners) < question.seats:
        most = max(left.values())
        leaders = [option for option, total in left.items() if total == most]
        chosen = leaders[0]
        if len(leaders) > 1:
            # When everyone tied is elected anyway, the tie is only about who is named first.
            purpose: Purpose = "election" if len(leaders) > question.seats - len(winners) else "order"
            tie = break_tie(tie_order, leaders, round_number=1, purpose=purpose, value=str(most))
            ties.append(tie)
            chosen = tie.chosen
        winners.append(chosen)
        del left[chosen]
    return tuple(winners), tuple(ties)


def _seats(question: Question) -> str:
    return "option" if question.seats == 1 else f"{question.seats} options"


PLURALITY = Method(
    name="plurality",
    version="1",
    title="One choice, most votes",
    rule=lambda question: (
        f"Each ballot is one vote for one option. The {_seats(question)} with the most votes "
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
        f"Each ballot is one vote for every option it approves. The {_seats(question)} with the most votes "
        f"{'is' if question.seats == 1 else 'are'} elected. {UNSUPPORTED}"
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
