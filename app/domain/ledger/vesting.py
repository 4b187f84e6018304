"""Vesting: tokens that belong to someone at once and become theirs to move bit by bit.

Source: OpenZeppelin Contracts 5, ``VestingWallet`` and ``VestingWalletCliff``: nothing before the cliff, then
amount * elapsed / duration rounded down, counted from the start and not from the cliff, and everything at the end,
which is when the rounded-off remainder is released. Different here:

- The amount of a schedule is fixed. There, tokens that arrive later count as if they had been there from the
  start; here they are a schedule of their own.
- Nothing has to be released: what has vested is available by itself.
- A duration of nothing, there a wallet that is open from its start, is no schedule here but a plain issue.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from app.domain.ledger.amounts import check_amount

GREATEST_DURATION = 3_000_000_000
"""Seconds, some 95 years. Its square fits into 64 bits, so that a database may compute the same figure in whole
numbers: amount / duration * elapsed + amount % duration * elapsed / duration."""

_SECOND = dt.timedelta(seconds=1)
_LAST = dt.datetime.max.replace(tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class VestingSchedule:
    """How an amount vests: linearly from ``starts_at``, but nothing before the cliff.

    :param amount: minor units, 1 to 2^53 - 1.
    :param starts_at: aware instant in whole seconds, so that its published form says exactly what is judged.
    :param duration: seconds until everything has vested, 1 to :data:`GREATEST_DURATION`.
    :param cliff: seconds until anything has, 0 to ``duration``.
    """

    amount: int
    starts_at: dt.datetime
    duration: int
    cliff: int = 0

    def __post_init__(self) -> None:
        check_amount(self.amount)
        if self.starts_at.tzinfo is None or self.starts_at.microsecond:
            raise ValueError("vesting starts at an aware instant in whole seconds")
        if type(self.duration) is not int or not 1 <= self.duration <= GREATEST_DURATION:
            raise ValueError(f"the duration is 1 to {GREATEST_DURATION} whole seconds")
        if type(self.cliff) is not int or not 0 <= self.cliff <= self.duration:
            raise ValueError("the cliff lies between the start and the end, in whole seconds")
        if self.duration * _SECOND > _LAST - self.starts_at:
            raise ValueError("vesting ends before the year 10000")

    @property
    def ends_at(self) -> dt.datetime:
        """Return when everything has vested."""
        return self.starts_at + self.duration * _SECOND

    def vested(self, at: dt.datetime) -> int:
        """Return how much has vested at an instant, in minor units; it never falls as time goes on."""
        elapsed = (at - self.starts_at) // _SECOND
        if elapsed < self.cliff or elapsed < 0:
            return 0
        if elapsed >= self.duration:
            return self.amount
        return self.amount * elapsed // self.duration

    def unvested(self, at: dt.datetime) -> int:
        """Return how much has not vested yet at an instant, in minor units."""
        return self.amount - self.vested(at)
