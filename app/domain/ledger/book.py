"""The ledger's arithmetic in memory: what a database must refuse and allow, and what a verifier adds up again."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping

from app.domain.ledger.amounts import GREATEST_SUPPLY
from app.domain.ledger.entries import SUPPLY, Entry
from app.domain.ledger.locks import Lock, available
from app.domain.ledger.vesting import VestingSchedule


class Overdraft(ValueError):
    """An account cannot give, or lock, what it has not available.

    :param account: whose tokens fell short.
    :param available: what can be moved, minor units.
    :param wanted: what the entry would take, minor units.
    """

    def __init__(self, account: str, available: int, wanted: int) -> None:
        super().__init__(f"{account} has {available} available, and {wanted} are wanted")
        self.account, self.available, self.wanted = account, available, wanted


class SupplyExceeded(ValueError):
    """More tokens would exist than 2^53 - 1."""


class Book:
    """A community's ledger as it stands after the entries posted so far.

    No balance but that of the supply is ever below 0, all of them together are 0, and an entry that is refused
    changes nothing.
    """

    def __init__(self) -> None:
        self.position = 0
        """How many entries have been posted: the position of the last one."""
        self._at: dt.datetime | None = None
        self._balances: dict[str, int] = {SUPPLY: 0}
        self._locks: defaultdict[str, list[Lock]] = defaultdict(list)
        self._schedules: defaultdict[str, list[VestingSchedule]] = defaultdict(list)

    @property
    def supply(self) -> int:
        """Return how many tokens exist, in minor units."""
        return -self._balances[SUPPLY]

    @property
    def balances(self) -> Mapping[str, int]:
        """Return account to balance, for every account that ever had a posting but the supply's own."""
        return {account: balance for account, balance in self._balances.items() if account != SUPPLY}

    def balance(self, account: str) -> int:
        """Return an account's balance; 0 for one that never had a posting."""
        return self._balances.get(account, 0)

    def unvested(self, account: str, at: dt.datetime) -> int:
        """Return how much of an account's balance has not vested at an instant."""
        return sum(schedule.unvested(at) for schedule in self._schedules.get(account, ()))

    def available(self, account: str, at: dt.datetime) -> int:
        """Return what an account can move at an instant."""
        locks, schedules = self._locks.get(account, ()), self._schedules.get(account, ())
        return available(self.balance(account), locks, schedules, at)

    def post(self, entry: Entry, at: dt.datetime) -> int:
        """Post an entry and return its position, from 1.

        :param at: aware instant at which it is posted; never before that of the entry before it.
        :raises Overdraft: where an account has less available than it would give or lock.
        :raises SupplyExceeded: where more would be issued than can exist.
        :raises ValueError: for an instant before that of the last entry.
        """
        if self._at is not None and at < self._at:
            raise ValueError("entries are posted in the order of time")
        self._check(entry, at)
        for account, amount in entry.postings:
            self._balances[account] = self.balance(account) + amount
            if entry.schedule is not None and amount > 0:
                self._schedules[account].append(entry.schedule)
        if entry.lock is not None and entry.account is not None:
            self._locks[entry.account].append(entry.lock)
        self._at = at
        self.position += 1
        return self.position

    def _check(self, entry: Entry, at: dt.datetime) -> None:
        taken = [(account, -amount) for account, amount in entry.postings if amount < 0]
        if entry.lock is not None and entry.account is not None:
            taken.append((entry.account, entry.lock.amount))
        for account, wanted in taken:
            if account == SUPPLY:
                if self.supply + wanted > GREATEST_SUPPLY:
                    raise SupplyExceeded("more tokens would exist than 2^53 - 1")
            elif (there := self.available(account, at)) < wanted:
                raise Overdraft(account, there, wanted)


def book_at(entries: Iterable[tuple[Entry, dt.datetime]], position: int) -> Book:
    """Return the ledger as of a position: after that many entries.

    :param entries: with the instant each was posted at, in the order of the ledger.
    :raises ValueError: where there are fewer, and as :meth:`Book.post`.
    """
    book = Book()
    for entry, at in entries:
        if book.position == position:
            break
        book.post(entry, at)
    if book.position < position:
        raise ValueError(f"the ledger ends at position {book.position}")
    return book
