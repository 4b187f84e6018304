"""The end of every count that only adds up: sums, and whoever has most is elected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.domain.counting.figures import fraction_text
from app.domain.counting.question import Question
from app.domain.counting.result import Round, Statement, Tally, tie_statements
from app.domain.counting.seats import fill_seats
from app.domain.counting.ties import Amount, TieOrder


def elect_by_sums(
    question: Question,
    sums: Mapping[str, Amount],
    tie_order: TieOrder,
    *,
    candidates: Sequence[str] | None = None,
    kind: str = "points",
    figures: Mapping[str, str] | None = None,
) -> Tally:
    """Elect the options with the most.

    :param candidates: who can be elected, in the question's order; if None, whoever has anything.
    :param kind: what is added up: ``most_votes``, ``points``, ``shares`` or
        ``bought_votes``; names the explanation's templates.
    :param figures: further numbers of the count.
    """
    if candidates is None:
        candidates = [option for option, total in sums.items() if total]
    winners, ties = fill_seats(candidates, sums, question.seats, tie_order, show=fraction_text)
    totals = {option: fraction_text(total) for option, total in sums.items()}
    statements = [Statement(f"{kind}.totals", {"totals": totals})]
    statements += [said for tie in ties for said in tie_statements(tie)]
    if winners:
        elected = {option: totals[option] for option in winners}
        key = f"{kind}.winner" if len(winners) == 1 else f"{kind}.winners"
        statements.append(Statement(key, {"elected": elected, "winners": winners}))
    counted = Round(
        1, "count", totals, figures=figures or {}, elected=winners, ties=ties, statements=tuple(statements)
    )
    return Tally(winners, totals, (counted,), figures=figures or {})
