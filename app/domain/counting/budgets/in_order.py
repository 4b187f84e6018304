"""Spending by rank: the best supported option that is left is next, as long as the money reaches."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from itertools import groupby

from app.domain.counting.budgets.purchases import Purchases
from app.domain.counting.figures import fraction_text

RankBy = Callable[[str], Fraction]
"""What an option is ranked by; more is better."""


def buy_in_order(
    purchases: Purchases,
    candidates: Sequence[str],
    votes: Mapping[str, int],
    rank_by: RankBy,
    *,
    stop: bool = False,
    key: str = "budget.funded",
) -> None:
    """Buy from the candidates in order of rank.

    :param candidates: options not yet funded, in the question's order.
    :param votes: for the report.
    :param stop: whether the first option that does not fit ends it; otherwise it is passed over.
    :param key: the statement that reports a purchase.
    """
    ranked = sorted(candidates, key=rank_by, reverse=True)  # stable: equals stay in the question's order
    for rank, group in groupby(ranked, key=rank_by):
        tied = list(group)
        value = fraction_text(rank)
        while tied:
            if not stop:
                tied = _pass_over(purchases, tied, votes, value)
                if not tied:
                    break
            all_fit = sum(purchases.costs[option] for option in tied) <= purchases.left
            option, ties = purchases.choose(tied, "order" if all_fit else "election", value)
            figures = {"votes": str(votes[option]), "rank": value}
            if not purchases.fits(option):
                purchases.pass_over(option, "budget.stopped", figures, ties=ties)
                return
            purchases.buy(option, key, figures, ties=ties)
            tied.remove(option)


def _pass_over(purchases: Purchases, tied: Sequence[str], votes: Mapping[str, int], value: str) -> list[str]:
    """Report those that cost more than is left, in whatever order they would come, and return the others."""
    for option in tied:
        if not purchases.fits(option):
            figures = {"votes": str(votes[option]), "rank": value}
            purchases.pass_over(option, "budget.too_dear", figures, ties=())
    return [option for option in tied if purchases.fits(option)]
