"""The ledger's arithmetic: balances, what is available, supply; and random sequences against a naive model."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.ledger import (
    GREATEST_SUPPLY,
    SUPPLY,
    Book,
    Entry,
    EntryKind,
    Lock,
    Overdraft,
    Posting,
    SupplyExceeded,
    VestingSchedule,
    available,
    book_at,
    burn,
    issue,
    lock,
    transfer,
    vest,
)
from tests.domain.ledger.instants import NOON, later


def book(*entries):
    made = Book()
    for entry in entries:
        made.post(entry, NOON)
    return made


def test_tokens_are_issued_moved_and_burned():
    made = book(issue("ada", 100), transfer("ada", "ben", 30), burn("ben", 10))
    assert made.balances == {"ada": 70, "ben": 20}
    assert (made.supply, made.balance(SUPPLY), made.position) == (90, -90, 3)


def test_nobody_gives_what_they_do_not_have():
    made = book(issue("ada", 100))
    for entry in (transfer("ada", "ben", 101), burn("ada", 101), transfer("ben", "ada", 1)):
        with pytest.raises(Overdraft):
            made.post(entry, NOON)
    assert (made.balances, made.supply, made.position) == ({"ada": 100}, 100, 1)


def test_an_entry_that_fails_on_one_side_changes_no_other():
    made = book(issue("ada", 5), issue("ben", 1))
    both = Entry(EntryKind.TRANSFER, (Posting("ada", -5), Posting("ben", -2), Posting("cleo", 7)))
    with pytest.raises(Overdraft) as refused:
        made.post(both, NOON)
    assert (refused.value.account, refused.value.available, refused.value.wanted) == ("ben", 1, 2)
    assert made.balances == {"ada": 5, "ben": 1}


def test_what_is_locked_is_owned_and_cannot_be_moved_until_the_instant():
    made = book(issue("ada", 100), lock("ada", Lock(60, later(10))))
    assert (made.balance("ada"), made.available("ada", later(9.999))) == (100, 40)
    with pytest.raises(Overdraft):
        made.post(transfer("ada", "ben", 41), later(9))
    with pytest.raises(Overdraft):
        made.post(lock("ada", Lock(41, later(99))), later(9))
    assert made.available("ada", later(10)) == 100


def test_what_vests_becomes_available_by_itself():
    made = book(vest(SUPPLY, "ada", VestingSchedule(100, NOON, duration=10, cliff=2)))
    assert (made.supply, made.balance("ada")) == (100, 100)
    assert [made.available("ada", later(seconds)) for seconds in (0, 1, 2, 9, 10)] == [0, 0, 20, 90, 100]
    assert made.unvested("ada", later(2)) == 80
    made.post(transfer("ada", "ben", 20), later(2))
    assert [made.available("ada", later(seconds)) for seconds in (2, 3)] == [0, 10]


def test_tokens_can_be_vested_out_of_an_account():
    made = book(issue("pool", 50), vest("pool", "ada", VestingSchedule(30, NOON, duration=10)))
    assert made.balances == {"pool": 20, "ada": 30}
    with pytest.raises(Overdraft):
        made.post(vest("pool", "ada", VestingSchedule(21, NOON, duration=10)), NOON)


def test_no_more_tokens_exist_than_json_can_count():
    made = book(issue("ada", GREATEST_SUPPLY))
    with pytest.raises(SupplyExceeded):
        made.post(issue("ben", 1), NOON)
    made.post(burn("ada", 1), NOON)
    made.post(issue("ben", 1), NOON)
    assert made.supply == GREATEST_SUPPLY


def test_entries_are_posted_in_the_order_of_time():
    made = Book()
    made.post(issue("ada", 1), later(1))
    with pytest.raises(ValueError, match="order of time"):
        made.post(issue("ada", 1), NOON)


def test_the_ledger_can_be_read_as_of_any_position():
    entries = [(issue("ada", 9), NOON), (transfer("ada", "ben", 4), NOON), (burn("ben", 1), NOON)]
    assert [book_at(entries, position).balances for position in range(4)] == [
        {},
        {"ada": 9},
        {"ada": 5, "ben": 4},
        {"ada": 5, "ben": 3},
    ]
    with pytest.raises(ValueError, match="ends at position 3"):
        book_at(entries, 4)


def test_available_is_the_balance_less_what_is_locked_less_what_has_not_vested():
    locks = [Lock(10, later(5)), Lock(7, later(1))]
    assert available(100, locks, [VestingSchedule(40, NOON, 10)], later(1)) == 100 - 10 - 36


# --- random sequences -----------------------------------------------------------------------------------

ACCOUNTS = ("ada", "ben", "cleo")
accounts = st.sampled_from(ACCOUNTS)
amounts = st.integers(1, 60)
seconds = st.integers(0, 30)


@st.composite
def steps(draw):
    """Draw operations as plain tuples: (name, seconds passed before it, from, to, amount, seconds it lasts)."""
    names = st.sampled_from(["issue", "issue", "transfer", "transfer", "burn", "vest", "grant", "lock"])
    step = st.tuples(names, seconds, accounts, accounts, amounts, st.integers(1, 40))
    return draw(st.lists(step, max_size=40))


def entry_of(step, now):
    name, _, payer, payee, amount, lasts = step
    cliff = lasts // 3
    match name:
        case "issue":
            return issue(payee, amount)
        case "burn":
            return burn(payer, amount)
        case "transfer":
            return transfer(payer, payee, amount) if payer != payee else None
        case "vest":
            schedule = VestingSchedule(amount, later(now), lasts, cliff)
            return vest(payer, payee, schedule) if payer != payee else None
        case "grant":
            return vest(SUPPLY, payee, VestingSchedule(amount, later(now), lasts, cliff))
        case _:
            return lock(payer, Lock(amount, later(now + lasts)))


class Coins:
    """A naive ledger: every coin is an object that knows when it may be moved."""

    def __init__(self):
        self.purses = {account: [] for account in ACCOUNTS}

    def free(self, account, now):
        return [coin for coin in self.purses[account] if coin <= now]

    def do(self, step, now):
        """Do a step, or return False and do nothing."""
        name, _, payer, payee, amount, lasts = step
        if name in {"vest", "transfer"} and payer == payee:
            return False
        if name not in {"issue", "grant"}:
            if len(self.free(payer, now)) < amount:
                return False
            for coin in self.free(payer, now)[:amount]:
                self.purses[payer].remove(coin)
        if name == "lock":
            self.purses[payer] += [now + lasts] * amount
        elif name in {"vest", "grant"}:
            # The n-th of the coins is free in the first second in which n of them have vested.
            first = [
                next(
                    t
                    for t in range(lasts + 1)
                    if t >= lasts or (t >= lasts // 3 and amount * t // lasts >= nth)
                )
                for nth in range(1, amount + 1)
            ]
            self.purses[payee] += [now + wait for wait in first]
        elif name != "burn":
            self.purses[payee] += [now] * amount
        return True


@given(steps())
def test_random_sequences_agree_with_a_purse_of_coins(sequence):
    made, coins, now, issued, burned = Book(), Coins(), 0, 0, 0
    for step in sequence:
        now += step[1]
        done = coins.do(step, now)
        entry = entry_of(step, now)
        before = (made.balances, made.supply, made.position)
        if done:
            made.post(entry, later(now))
            issued += entry.amount if step[0] in {"issue", "grant"} else 0
            burned += entry.amount if step[0] == "burn" else 0
        elif entry is not None:
            with pytest.raises(Overdraft):
                made.post(entry, later(now))
            assert (made.balances, made.supply, made.position) == before
        assert made.supply == issued - burned == sum(made.balances.values())
        assert +Counter(made.balances) == +Counter({name: len(purse) for name, purse in coins.purses.items()})
        for account in ACCOUNTS:
            assert made.available(account, later(now)) == len(coins.free(account, now)) >= 0
            assert made.available(account, later(now)) <= made.balance(account)
