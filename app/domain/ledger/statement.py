"""An account's statement: its movements with the balance after each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from app.domain.ledger.amounts import GREATEST_SUPPLY
from app.domain.ledger.entries import EntryKind


class Movement(NamedTuple):
    """What one ledger entry did to the account.

    :param position: of the entry in the ledger.
    :param amount: minor units, below 0 where the account gave; 0 for a lock.
    """

    position: int
    at: dt.datetime
    kind: EntryKind
    amount: int


class StatementLine(NamedTuple):
    """A movement with the balance after it."""

    position: int
    at: dt.datetime
    kind: EntryKind
    amount: int
    balance: int


def statement(movements: Iterable[Movement], opening_balance: int = 0) -> Iterator[StatementLine]:
    """Yield the movements of one account with running balances, one for one.

    :param movements: in the order of the ledger; may be the continuation of an earlier page.
    :param opening_balance: minor units, as of the entry before the first movement.
    :raises ValueError: where positions do not ascend, or a balance would leave 0 to 2^53 - 1: the movements are
        then not those of one account from that opening balance on.
    """
    balance, previous = opening_balance, 0
    for movement in movements:
        balance += movement.amount
        if movement.position <= previous:
            raise ValueError("movements come in the order of the ledger, each once")
        if not 0 <= balance <= GREATEST_SUPPLY:
            raise ValueError(f"at position {movement.position} the balance would be {balance}")
        previous = movement.position
        yield StatementLine(*movement, balance)
