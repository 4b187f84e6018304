"""Double entry: every ledger entry moves as much out of accounts as into others.

Tokens come from the account :data:`SUPPLY` and go back to it, so that its balance is the supply with a minus sign
and all balances together are always 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

from app.domain.ledger.amounts import GREATEST_SUPPLY
from app.domain.ledger.locks import Lock
from app.domain.ledger.vesting import VestingSchedule

SUPPLY: Final = "supply"
"""The one account whose balance is never above 0. No member's account has this reference."""


class EntryKind(StrEnum):
    """What an entry does.

    ``issue`` and ``burn`` change the supply; ``transfer`` moves tokens between accounts; ``vest`` moves or issues
    them to one account, where they vest by a schedule; ``lock`` moves nothing.
    """

    ISSUE = "issue"
    TRANSFER = "transfer"
    BURN = "burn"
    VEST = "vest"
    LOCK = "lock"


class Posting(NamedTuple):
    """What one account gains, or below 0 loses, in minor units."""

    account: str
    amount: int


class InvalidEntry(ValueError):
    """An entry that says nothing a ledger can hold; the message says why."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry that is sound by itself; whether the accounts have as much is for the ledger to say.

    :param kind: what it does.
    :param postings: at least two for all kinds but ``lock``, which has none; each account once, none of 0.
    :param schedule: of ``vest``.
    :param lock: of ``lock``.
    :param account: whose tokens ``lock`` locks.
    :raises InvalidEntry: for anything that does not fit its kind.
    """

    kind: EntryKind
    postings: tuple[Posting, ...] = ()
    schedule: VestingSchedule | None = None
    lock: Lock | None = None
    account: str | None = None

    def __post_init__(self) -> None:
        if problem := self._problem():
            raise InvalidEntry(problem)

    @property
    def amount(self) -> int:
        """Return how much it moves, or locks, in minor units."""
        if self.lock is not None:
            return self.lock.amount
        return sum(posting.amount for posting in self.postings if posting.amount > 0)

    def _problem(self) -> str | None:
        is_lock = self.kind is EntryKind.LOCK
        if (self.lock is not None) != is_lock or (self.account is not None) != is_lock:
            return "a lock names an amount and an account, and no other entry does"
        if (self.schedule is not None) != (self.kind is EntryKind.VEST):
            return "vesting has a schedule, and no other entry does"
        if is_lock:
            return "a lock moves nothing" if self.postings or self.account == SUPPLY else None
        return self._unsound_postings() or self._unfit_postings()

    def _unsound_postings(self) -> str | None:
        amounts = [posting.amount for posting in self.postings]
        if any(type(amount) is not int or not 0 < abs(amount) <= GREATEST_SUPPLY for amount in amounts):
            return "postings are integers of 1 to 2^53 - 1, with either sign"
        if len({posting.account for posting in self.postings}) < len(self.postings):
            return "an account comes twice"
        if len(self.postings) < 2 or sum(amounts) != 0:  # noqa: PLR2004 - double entry
            return "what goes out of accounts goes into others"
        return "more is moved than can exist" if self.amount > GREATEST_SUPPLY else None

    def _unfit_postings(self) -> str | None:
        payers = [posting.account for posting in self.postings if posting.amount < 0]
        payees = [posting.account for posting in self.postings if posting.amount > 0]
        match self.kind:
            case EntryKind.ISSUE:
                return None if payers == [SUPPLY] else "what is issued comes out of the supply alone"
            case EntryKind.BURN:
                return None if payees == [SUPPLY] else "what is burned goes back to the supply alone"
            case EntryKind.VEST if SUPPLY in payees or len(payers) != 1 or len(payees) != 1:
                return "what vests goes from one account to one other"
            case EntryKind.VEST if self.schedule is None or self.schedule.amount != self.amount:
                return "what vests is what is moved"
            case EntryKind.TRANSFER if SUPPLY in payers or SUPPLY in payees:
                return "a transfer leaves the supply alone"
        return None


def issue(to: str, amount: int) -> Entry:
    """Make new tokens. Raises as :class:`Entry`."""
    return Entry(EntryKind.ISSUE, (Posting(SUPPLY, -amount), Posting(to, amount)))


def transfer(payer: str, payee: str, amount: int) -> Entry:
    """Move tokens. Raises as :class:`Entry`."""
    return Entry(EntryKind.TRANSFER, (Posting(payer, -amount), Posting(payee, amount)))


def burn(payer: str, amount: int) -> Entry:
    """Destroy tokens. Raises as :class:`Entry`."""
    return Entry(EntryKind.BURN, (Posting(payer, -amount), Posting(SUPPLY, amount)))


def vest(payer: str, to: str, schedule: VestingSchedule) -> Entry:
    """Move tokens, or issue them where the payer is :data:`SUPPLY`, to vest. Raises as :class:`Entry`."""
    postings = (Posting(payer, -schedule.amount), Posting(to, schedule.amount))
    return Entry(EntryKind.VEST, postings, schedule=schedule)


def lock(account: str, held: Lock) -> Entry:
    """Lock tokens where they are. Raises as :class:`Entry`."""
    return Entry(EntryKind.LOCK, lock=held, account=account)
