"""An account's statement."""

import pytest

from app.domain.ledger import EntryKind, Movement, statement
from tests.domain.ledger.instants import NOON

MOVEMENTS = [
    Movement(3, NOON, EntryKind.ISSUE, 100),
    Movement(7, NOON, EntryKind.TRANSFER, -30),
    Movement(8, NOON, EntryKind.LOCK, 0),
    Movement(12, NOON, EntryKind.BURN, -70),
]


def test_each_movement_has_the_balance_after_it():
    assert [(line.position, line.amount, line.balance) for line in statement(MOVEMENTS)] == [
        (3, 100, 100),
        (7, -30, 70),
        (8, 0, 70),
        (12, -70, 0),
    ]


def test_a_page_goes_on_from_the_balance_before_it():
    assert list(statement(MOVEMENTS[2:], opening_balance=70)) == list(statement(MOVEMENTS))[2:]


def test_a_statement_is_a_stream():
    endless = (Movement(position, NOON, EntryKind.ISSUE, 1) for position in iter(range(1, 10**9)))
    lines = statement(endless)
    assert [next(lines).balance for _ in range(3)] == [1, 2, 3]


@pytest.mark.parametrize(
    ("movements", "opening"),
    [
        (MOVEMENTS[1:], 0),
        (MOVEMENTS, 2**53 - 100),
        ([MOVEMENTS[0], MOVEMENTS[0]], 0),
        (MOVEMENTS[::-1], 500),
    ],
)
def test_what_is_no_statement_of_one_account_is_refused(movements, opening):
    with pytest.raises(ValueError, match=r"balance|order"):
        list(statement(movements, opening))
