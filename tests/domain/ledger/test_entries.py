"""Which entries a ledger can hold."""

import pytest

from app.domain.ledger import (
    GREATEST_SUPPLY,
    SUPPLY,
    Entry,
    EntryKind,
    InvalidEntry,
    Lock,
    Posting,
    VestingSchedule,
    burn,
    issue,
    lock,
    transfer,
    vest,
)
from tests.domain.ledger.instants import NOON

SCHEDULE = VestingSchedule(5, NOON, 100)
LOCK = Lock(5, NOON)
PAIR = (Posting("ada", -5), Posting("ben", 5))
ISSUED = (Posting(SUPPLY, -5), Posting("ada", 5))


@pytest.mark.parametrize(
    "entry",
    [
        issue("ada", 5),
        burn("ada", 5),
        transfer("ada", "ben", 5),
        vest(SUPPLY, "ada", SCHEDULE),
        vest("ben", "ada", SCHEDULE),
        lock("ada", LOCK),
        issue("ada", GREATEST_SUPPLY),
    ],
    ids=lambda entry: entry.kind,
)
def test_what_goes_out_comes_in(entry):
    assert sum(posting.amount for posting in entry.postings) == 0
    assert entry.amount in {5, GREATEST_SUPPLY}


def test_several_may_pay_and_be_paid_at_once():
    postings = (Posting("ada", -5), Posting("ben", -1), Posting("cleo", 2), Posting("dan", 4))
    assert Entry(EntryKind.TRANSFER, postings).amount == 6


UNSOUND = {
    "nothing": ("transfer", ()),
    "one side": ("transfer", (Posting("ada", 5),)),
    "unbalanced": ("transfer", (Posting("ada", -5), Posting("ben", 4))),
    "zero": ("transfer", (Posting("ada", 0), Posting("ben", 0))),
    "a fraction": ("transfer", (Posting("ada", -1.5), Posting("ben", 1.5))),
    "a truth value": ("transfer", (Posting("ada", -1), Posting("ben", True))),
    "out of range": ("transfer", (Posting("ada", -(2**53)), Posting("ben", 2**53))),
    "out of range together": (
        "transfer",
        (*(Posting(name, -(2**52)) for name in "abc"), *(Posting(name, 2**52) for name in "xyz")),
    ),
    "to oneself": ("transfer", (Posting("ada", -5), Posting("ada", 5))),
    "a transfer from the supply": ("transfer", ISSUED),
    "a transfer to the supply": ("transfer", (Posting("ada", -5), Posting(SUPPLY, 5))),
    "an issue out of an account": ("issue", PAIR),
    "an issue out of supply and account": ("issue", (*PAIR, Posting(SUPPLY, -1), Posting("cleo", 1))),
    "a burn into an account": ("burn", PAIR),
    "an issue as a burn": ("burn", ISSUED),
}


@pytest.mark.parametrize(("kind", "postings"), UNSOUND.values(), ids=UNSOUND)
def test_what_does_not_add_up_is_no_entry(kind, postings):
    with pytest.raises(InvalidEntry):
        Entry(EntryKind(kind), postings)


@pytest.mark.parametrize(
    "arguments",
    [
        {"kind": EntryKind.VEST, "postings": PAIR},
        {"kind": EntryKind.VEST, "postings": PAIR, "schedule": VestingSchedule(4, NOON, 100)},
        {
            "kind": EntryKind.VEST,
            "postings": (Posting("ada", -5), Posting("ben", 3), Posting("cleo", 2)),
            "schedule": SCHEDULE,
        },
        {"kind": EntryKind.VEST, "postings": (Posting("a", -5), Posting(SUPPLY, 5)), "schedule": SCHEDULE},
        {"kind": EntryKind.TRANSFER, "postings": PAIR, "schedule": SCHEDULE},
        {"kind": EntryKind.TRANSFER, "postings": PAIR, "lock": LOCK},
        {"kind": EntryKind.TRANSFER, "postings": PAIR, "account": "ada"},
        {"kind": EntryKind.LOCK, "account": "ada"},
        {"kind": EntryKind.LOCK, "lock": LOCK},
        {"kind": EntryKind.LOCK, "lock": LOCK, "account": "ada", "postings": PAIR},
        {"kind": EntryKind.LOCK, "lock": LOCK, "account": SUPPLY},
    ],
)
def test_schedules_and_locks_stand_where_they_belong(arguments):
    with pytest.raises(InvalidEntry):
        Entry(**arguments)
