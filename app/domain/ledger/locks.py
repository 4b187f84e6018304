"""What of a balance can be moved: not what is locked, and not what has not vested."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from app.domain.ledger.amounts import check_amount
from app.domain.ledger.vesting import VestingSchedule


@dataclass(frozen=True, slots=True)
class Lock:
    """An amount that its owner keeps and cannot move until an instant, when it is free again by itself.

    :param amount: minor units, 1 to 2^53 - 1.
    :param until: aware instant; at it the amount is free.
    """

    amount: int
    until: dt.datetime

    def __post_init__(self) -> None:
        check_amount(self.amount)
        if self.until.tzinfo is None:
            raise ValueError("a lock holds until an aware instant")

    def locked(self, at: dt.datetime) -> int:
        """Return how much it holds at an instant."""
        return self.amount if at < self.until else 0


def available(
    balance: int, locks: Iterable[Lock], schedules: Iterable[VestingSchedule], at: dt.datetime
) -> int:
    """Return what can be moved at an instant: balance - locked - unvested, in minor units.

    Locks and schedules hold different tokens: a lock is made of what was available. So, while nothing is posted,
    it never falls as time goes on, and as long as every entry took no more than was available, it is 0 or more.

    :param locks: all of the account's; those that are over hold nothing.
    :param schedules: all of the account's.
    """
    locked = sum(lock.locked(at) for lock in locks)
    return balance - locked - sum(schedule.unvested(at) for schedule in schedules)
