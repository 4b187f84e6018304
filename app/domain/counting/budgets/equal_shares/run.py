"""One run of equal shares: buying, each time, what costs its supporters least for what it gives them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from app.domain.counting.budgets.equal_shares.offers import Offer, Purses, Support
from app.domain.counting.ties import Tie

SCREEN_BITS = 64
"""Further bits for the bounds of a payment divided by what the option gives."""

Choose = Callable[[Sequence[str], Fraction], tuple[str, tuple[Tie, ...]]]
"""Chooses among options tied at a price, given in the question's order."""


@dataclass(frozen=True, slots=True)
class Purchase:
    """One option bought.

    :param payment: what each unit of weight of its supporters paid, those emptied excepted.
    :param price: rho, the payment divided by what the option gives a supporter.
    :param emptied: the weight of the supporters who paid all they held.
    """

    option: str
    payment: Fraction
    price: Fraction
    emptied: int
    ties: tuple[Tie, ...]


@dataclass(frozen=True, slots=True)
class Market:
    """What can be bought, and what it gives.

    :param options: in the question's order; each has supporters.
    :param utility: what an option gives each of its supporters, 1 or more.
    """

    options: Sequence[str]
    costs: Mapping[str, int]
    utility: Mapping[str, int]
    support: Support


def run(market: Market, share: Fraction, choose: Choose, *, at_most: int) -> list[Purchase] | None:
    """Buy until the supporters of no option hold enough for it.

    :param share: what one unit of weight holds.
    :param at_most: the real budget.
    :returns: the purchases in order, or None as soon as together they cost more than ``at_most``.
    """
    purses = Purses(market.support, share)
    bounds = _first_bounds(market, purses.bits)
    spent = 0
    bought: list[Purchase] = []
    while contenders := _contenders(market, purses, bounds):
        purchase, offer = _cheapest(market, purses, contenders, choose)
        spent += market.costs[purchase.option]
        if spent > at_most:
            return None
        bought.append(purchase)
        del bounds[purchase.option]
        purses.pay(offer, purchase.payment)
    return bought


def _first_bounds(market: Market, bits: int) -> dict[str, int]:
    """Return lower bounds of all prices: cost / (weight of all supporters * utility), cut off."""
    weights = market.support.weights
    bounds: dict[str, int] = {}
    for option in market.options:
        weight = sum(weights[ballot] for ballot in market.support.supporters[option])
        bounds[option] = (market.costs[option] << bits + SCREEN_BITS) // (weight * market.utility[option])
    return bounds


def _contenders(market: Market, purses: Purses, bounds: dict[str, int]) -> list[Offer]:
    """Return the offers that may have the lowest price, in the question's order.

    :param bounds: option to a lower bound of its price. What supporters hold only falls, so prices only rise
        and an old bound still holds. Options that can never be paid for are removed, the others' bounds
        renewed as far as needed.
    """
    offers: list[Offer] = []
    ceiling: int | None = None
    for option in sorted(bounds, key=bounds.__getitem__):
        if ceiling is not None and bounds[option] > ceiling:
            break
        offer = purses.offer(option, market.costs[option])
        if offer is None:
            del bounds[option]
            continue
        utility = market.utility[option]
        bounds[option] = (offer.low << SCREEN_BITS) // utility
        high = -(-(offer.high << SCREEN_BITS) // utility)
        ceiling = high if ceiling is None else min(ceiling, high)
        offers.append(offer)
    place = {option: index for index, option in enumerate(market.options)}
    within = [offer for offer in offers if ceiling is not None and bounds[offer.option] <= ceiling]
    return sorted(within, key=lambda offer: place[offer.option])


def _cheapest(
    market: Market, purses: Purses, contenders: Sequence[Offer], choose: Choose
) -> tuple[Purchase, Offer]:
    """Compare the contenders exactly and return the purchase of one with the lowest price."""
    payments = {offer.option: purses.exact_payment(offer, market.costs[offer.option]) for offer in contenders}
    prices = {option: payment / market.utility[option] for option, payment in payments.items()}
    lowest = min(prices.values())
    tied = [option for option, price in prices.items() if price == lowest]
    option, ties = choose(tied, lowest)
    offer = next(offer for offer in contenders if offer.option == option)
    return Purchase(option, payments[option], lowest, sum(offer.emptied.values()), ties), offer
