"""Scottish rules: the weighted inclusive Gregory method to five decimals, one transfer a stage."""

from __future__ import annotations

from collections.abc import Sequence

from app.domain.counting.figures import fixed_point
from app.domain.counting.question import Question
from app.domain.counting.result import Tally
from app.domain.counting.stv.inclusive_gregory import InclusiveGregoryCount
from app.domain.counting.ties import TieOrder

PLACES = 5
UNIT = 10**PLACES

RULE = (
    "Scottish rules (SSI 2011/399). The quota is the valid votes divided by the seats plus one, rounded "
    "down, plus one. Whoever reaches it is elected. While seats are left, the largest surplus over the "
    "quota is transferred: every vote its holder has goes to the next option it ranks that is neither "
    "elected nor excluded, at the value it was received at times the surplus, divided by the holder's "
    "votes, cut off after five decimals. When no surplus is left, whoever has the fewest votes is "
    "excluded and the votes go on at the value at which they were received. As soon as no more options "
    "are left than seats, they are elected without further transfers. Ties: the latest earlier stage at "
    "which the tied options stood apart decides, then the ballot's tie order."
)


def tally_scottish(
    question: Question, ballots: Sequence[tuple[tuple[str, ...], int]], tie_order: TieOrder
) -> Tally:
    """Count by the Scottish rules.

    :param ballots: (ranking, weight) of every distinct ballot; at least one.
    """
    return InclusiveGregoryCount(
        question,
        ballots,
        tie_order,
        unit=UNIT,
        portion=lambda surplus, value, total: surplus * value // total,
        show=lambda units: fixed_point(units, PLACES),
    ).run()
