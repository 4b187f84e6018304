r"""What an option would cost its supporters, given what they still hold.

A supporter pays the same as every other, or all they hold if that is less: the *payment* of an option is
the smallest amount p with

    sum over supporters of weight * min(held, p) = cost.

Which option is cheapest is found without computing every payment exactly. Amounts are also kept as whole
numbers of 2**-bits, cut off: after k payments an amount held lies above ``held - k`` and below ``held + 1``,
because each payment, cut off, is short by less than one unit. From these bounds follow bounds on every
payment, and only options whose bounds overlap are compared as exact fractions; where even a single step
cannot be told from the bounds, that option is computed exactly at once. So no decision rests on anything
rounded, and no floating-point number occurs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

PRECISION = 60
"""Bits of the full share in whole units."""

EMPTY, FULL = 0, 1
"""The purse that holds nothing, and the one that holds the whole share."""


@dataclass(frozen=True, slots=True)
class Support:
    """Who supports what, as the count needs it.

    :param weights: the weight of each distinct ballot.
    :param supporters: option to the places in ``weights`` of the ballots that support it.
    """

    weights: Sequence[int]
    supporters: Mapping[str, Sequence[int]]


@dataclass(slots=True)
class Offer:
    """What one option would cost its supporters.

    :param low: a lower bound of the payment, in units.
    :param high: an upper bound of the payment, in units.
    :param emptied: purse to weight: the supporters who would pay all they hold.
    :param others: the weight of the supporters who would pay the whole payment.
    :param exact: the payment, once it is needed.
    """

    option: str
    low: int
    high: int
    emptied: Mapping[int, int]
    others: int
    exact: Fraction | None = None


class Purses:
    """What every ballot still holds. Ballots that made the same payments share a purse.

    :param share: what one unit of weight holds at first.
    """

    def __init__(self, support: Support, share: Fraction) -> None:
        self.support = support
        self.share = share
        self.bits = max(0, PRECISION - share.numerator.bit_length() + share.denominator.bit_length())
        self.payments: list[Fraction] = []
        self._purse_of = [FULL] * len(support.weights)
        self._held = [0, (share.numerator << self.bits) // share.denominator]
        self._paid_in: list[tuple[int, ...]] = [(), ()]
        self._exact: dict[int, Fraction] = {EMPTY: Fraction(0), FULL: share}
        self._supporters = dict(support.supporters)

    def offer(self, option: str, cost: int) -> Offer | None:
        """Return what the option would cost, or None if its supporters do not hold enough for it."""
        holdings = self._holdings(option)
        ranked = sorted((self._held[purse], purse) for purse in holdings)
        owed = cost << self.bits
        slack = len(self.payments)
        others = sum(holdings.values())
        paid = paid_weight = 0
        emptied: dict[int, int] = {}
        for held, purse in ranked:
            low = (owed - paid - paid_weight) // others
            high = (owed - paid + slack * paid_weight) // others + 1
            if held - slack >= high:
                return Offer(option, low, high, emptied, others)
            if held + 1 > low:
                return self._exact_offer(option, cost, holdings)
            weight = emptied[purse] = holdings[purse]
            paid += weight * held
            paid_weight += weight
            others -= weight
        return None

    def exact_payment(self, offer: Offer, cost: int) -> Fraction:
        """Return what each unit of weight of the supporters not emptied pays, exactly."""
        if offer.exact is None:
            # Emptied supporters pay the share less their earlier payments, counted payment by payment.
            times = [0] * len(self.payments)
            for purse, weight in offer.emptied.items():
                for index in self._paid_in[purse]:
                    times[index] += weight
            paid = sum(offer.emptied.values()) * self.share
            for count, payment in zip(times, self.payments, strict=True):
                if count:
                    paid -= count * payment
            offer.exact = (cost - paid) / offer.others
        return offer.exact

    def pay(self, offer: Offer, payment: Fraction) -> None:
        """Take the payment from everyone who supports the option."""
        index = len(self.payments)
        self.payments.append(payment)
        cut_off = (payment.numerator << self.bits) // payment.denominator
        after: dict[int, int] = dict.fromkeys(offer.emptied, EMPTY)
        for ballot in self._supporters.pop(offer.option):
            purse = self._purse_of[ballot]
            if purse not in after:
                after[purse] = len(self._held)
                self._held.append(self._held[purse] - cut_off)
                self._paid_in.append((*self._paid_in[purse], index))
            self._purse_of[ballot] = after[purse]

    def _holdings(self, option: str) -> dict[int, int]:
        """Return the supporters' purses with their weight, and forget supporters who hold nothing."""
        purse_of, weights = self._purse_of, self.support.weights
        solvent = [ballot for ballot in self._supporters[option] if purse_of[ballot]]
        self._supporters[option] = solvent
        holdings: dict[int, int] = {}
        for ballot in solvent:
            purse = purse_of[ballot]
            holdings[purse] = holdings.get(purse, 0) + weights[ballot]
        return holdings

    def _exact_offer(self, option: str, cost: int, holdings: Mapping[int, int]) -> Offer | None:
        ranked = sorted((self._exactly(purse), purse) for purse in holdings)
        owed = Fraction(cost)
        others = sum(holdings.values())
        emptied: dict[int, int] = {}
        for held, purse in ranked:
            if held * others > owed:
                break
            weight = emptied[purse] = holdings[purse]
            owed -= weight * held
            others -= weight
        if not others:
            # All are emptied: enough if nothing is owed, and then the payment is the largest amount held.
            if owed:
                return None
            payment = ranked[-1][0]
        else:
            payment = owed / others
        units = (payment.numerator << self.bits) // payment.denominator
        return Offer(option, units, units + 1, emptied, others, payment)

    def _exactly(self, purse: int) -> Fraction:
        if purse not in self._exact:
            paid = sum((self.payments[index] for index in self._paid_in[purse]), Fraction(0))
            self._exact[purse] = self.share - paid
        return self._exact[purse]
