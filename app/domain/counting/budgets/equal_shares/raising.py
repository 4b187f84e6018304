"""Completion by raising the shares: the count is repeated with ever larger shares while the budget lasts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor
from typing import Literal

from app.domain.counting.budgets.equal_shares.run import Choose, Market, Purchase, run

EndedBy = Literal["over_budget", "exhausted", "everything_funded", "cap"]


@dataclass(frozen=True, slots=True)
class Raising:
    """How shares are raised.

    :param step: by how much at a time, in the currency's smallest unit.
    :param of: whether a step is added to the share of each unit of weight or to the budget shared out.
    :param cap: most raises.
    :param until: whether to go on until the budget would be exceeded, or to end when nothing more fits.
    """

    step: int
    of: Literal["share", "budget"]
    cap: int
    until: Literal["over_budget", "exhausted"]

    def share(self, budget: int, weight: int, raises: int) -> Fraction:
        """Return the share after 1 or more raises; steps of the share lead to whole multiples of a step."""
        if self.of == "budget":
            return Fraction(budget + raises * self.step, weight)
        return Fraction((floor(Fraction(budget, weight * self.step)) + raises) * self.step)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The purchases made, with what share, and after how many raises; ``ended_by`` is None without raising."""

    purchases: Sequence[Purchase]
    share: Fraction
    raises: int = 0
    ended_by: EndedBy | None = None


def share_out(
    market: Market, budget: int, weight: int, raising: Raising | None, chooser: Callable[[], Choose]
) -> Outcome:
    """Count with the plain share, then with raised ones, and return the last outcome within the budget.

    :param weight: of all ballots that express a choice.
    :param raising: None for the plain share alone.
    :param chooser: makes a fresh decider of ties for each run.
    """
    share = Fraction(budget, weight)
    purchases = run(market, share, chooser(), at_most=budget)
    if purchases is None:  # all shares together are the budget
        raise ValueError("equal shares spent more than there is")
    if raising is None:
        return Outcome(purchases, share)
    raises = 0
    while True:
        if ended_by := _ended(market, budget, raising, purchases, raises):
            return Outcome(purchases, share, raises, ended_by)
        raised = raising.share(budget, weight, raises + 1)
        attempt = run(market, raised, chooser(), at_most=budget)
        if attempt is None:
            return Outcome(purchases, share, raises, "over_budget")
        purchases, share, raises = attempt, raised, raises + 1


def _ended(
    market: Market, budget: int, raising: Raising, purchases: Sequence[Purchase], raises: int
) -> EndedBy | None:
    funded = {purchase.option for purchase in purchases}
    if len(funded) == len(market.options):
        return "everything_funded"
    if raises == raising.cap:
        return "cap"
    left = budget - sum(market.costs[option] for option in funded)
    fits = any(market.costs[option] <= left for option in market.options if option not in funded)
    return "exhausted" if raising.until == "exhausted" and not fits else None
