"""The token ledger's arithmetic: double entry, vesting, locks, statements, and the import of balances."""

from app.domain.ledger.amounts import GREATEST_SUPPLY, check_amount
from app.domain.ledger.book import Book, Overdraft, SupplyExceeded, book_at
from app.domain.ledger.entries import (
    SUPPLY,
    Entry,
    EntryKind,
    InvalidEntry,
    Posting,
    burn,
    issue,
    lock,
    transfer,
    vest,
)
from app.domain.ledger.locks import Lock, available
from app.domain.ledger.statement import Movement, StatementLine, statement
from app.domain.ledger.vesting import GREATEST_DURATION, VestingSchedule

__all__ = [
    "GREATEST_DURATION",
    "GREATEST_SUPPLY",
    "SUPPLY",
    "Book",
    "Entry",
    "EntryKind",
    "InvalidEntry",
    "Lock",
    "Movement",
    "Overdraft",
    "Posting",
    "StatementLine",
    "SupplyExceeded",
    "VestingSchedule",
    "available",
    "book_at",
    "burn",
    "check_amount",
    "issue",
    "lock",
    "statement",
    "transfer",
    "vest",
]
