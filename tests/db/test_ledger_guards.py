"""The database itself keeps the token ledger: whoever writes, by whatever statement, it stays double entry.

No balance falls below 0 but the supply's, all of them together are 0, positions have no gaps, and what is written
is never added to.
"""

from __future__ import annotations

import threading
import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from app import create_app
from app.db.clock import database_clock
from app.db.engine import make_engine
from app.domain.ledger.accounts import AccountOwner
from app.models.tokens import TokenAccount, TokenEntry, TokenLock, TokenPosting, TokenSchedule
from tests.support.databases import KINDS
from tests.support.portal import Portal, Town
from tests.support.settings import settings_for
from tests.support.tokens import give, treasury

MOST = 2**53 - 1
START = "2026-01-01 00:00:00+00:00"


class Ledger:
    """A community's ledger, written past the application."""

    def __init__(self, engine: sa.Engine, town: Town) -> None:
        self.engine = engine
        self.town = town
        self.community = uuid.UUID(town.id)
        with engine.connect() as connection:
            rows = connection.execute(
                sa.select(TokenAccount.owner, TokenAccount.id).where(
                    TokenAccount.community_id == self.community
                )
            )
            self.accounts: dict[str, uuid.UUID] = {row.owner: row.id for row in rows}
            self.end: int = connection.execute(
                sa.select(sa.func.max(TokenEntry.position)).where(TokenEntry.community_id == self.community)
            ).scalar_one()

    def postings(
        self, connection: sa.Connection, amounts: dict[Any, int], position: int | None = None
    ) -> None:
        for account, amount in amounts.items():
            connection.execute(
                sa.insert(TokenPosting).values(
                    account_id=self.accounts.get(account, account),
                    position=position or self.end + 1,
                    community_id=self.community,
                    amount=amount,
                )
            )

    def entry(self, connection: sa.Connection, kind: str, amount: int, **facts: Any) -> None:
        values = {"position": self.end + 1, "kind": kind, "amount": amount, "reason": "Past the application"}
        values |= {"community_id": self.community, "at": database_clock()} | facts
        connection.execute(sa.insert(TokenEntry).values(**values))

    def run(self, statement: str, **values: Any) -> None:
        with self.engine.begin() as connection:
            connection.execute(sa.text(statement), values)

    def state(self) -> list[list[str]]:
        with self.engine.connect() as connection:
            return [
                sorted(map(repr, connection.execute(sa.select(model.__table__))))
                for model in (TokenAccount, TokenPosting, TokenEntry, TokenSchedule, TokenLock)
            ]

    def balances(self) -> dict[str, int]:
        with self.engine.connect() as connection:
            rows = connection.execute(
                sa.select(TokenAccount.owner, TokenAccount.balance).where(
                    TokenAccount.community_id == self.community
                )
            )
            return {row.owner: row.balance for row in rows}


def filled(portal: Portal) -> Town:
    """Found a community whose treasury has 100, its member 10 and nobody 0; nothing is locked."""
    town = portal.town(members=1)
    treasury(town, 100)
    give(town, (town.members[0], 10))
    town.owner.ok("POST", f"{town.path}/tokens/accounts", {"name": "LOYAL-1", "owner": "nobody"})
    return town


@pytest.fixture(scope="module", params=KINDS)
def ledger(request, templates, tmp_path_factory):
    """A ledger for tests that leave it as it was."""
    url = templates.database(request.param, tmp_path_factory.mktemp("ledger"))
    app = create_app(settings_for(url))
    engine = make_engine(url)
    yield Ledger(engine, filled(Portal(app)))
    engine.dispose()
    app.extensions["althing.units"].dispose()


@pytest.fixture
def changeable(portal, database_url):
    """The like for a test that changes it."""
    engine = make_engine(database_url)
    yield Ledger(engine, filled(portal))
    engine.dispose()


def refused(ledger: Ledger, write: Any, *, out_of_turn: bool = False) -> None:
    """Have the database refuse what is written, for what it says and not for when it is said."""
    before = ledger.state()
    with pytest.raises(sa.exc.DBAPIError) as error, ledger.engine.begin() as connection:
        write(connection)
    assert out_of_turn or "not the next" not in str(error.value.orig)
    assert ledger.state() == before


GOOD: dict[str, tuple[dict[str, int], str, int]] = {
    "an issue": ({"supply": -5, "nobody": 2, "member": 3}, "issue", 5),
    "a burn": ({"treasury": -5, "supply": 5}, "burn", 5),
    "a transfer": ({"treasury": -5, "member": 5}, "transfer", 5),
    "all that there is": ({"treasury": -100, "member": 100}, "transfer", 100),
    "the greatest supply": ({"supply": -(MOST - 110), "nobody": MOST - 110}, "issue", MOST - 110),
}


@pytest.mark.parametrize("what", GOOD)
def test_an_entry_that_is_sound_is_taken_and_moves_the_balances(what, changeable):
    """Otherwise every test of a refusal here would pass on a dead table."""
    amounts, kind, amount = GOOD[what]
    before = changeable.balances()
    with changeable.engine.begin() as connection:
        changeable.postings(connection, amounts)
        changeable.entry(connection, kind, amount)
    assert changeable.balances() == {owner: held + amounts.get(owner, 0) for owner, held in before.items()}
    assert sum(changeable.balances().values()) == 0


BAD: dict[str, tuple[dict[str, int], str, int]] = {
    "postings that do not come to nothing": ({"treasury": -5, "member": 4}, "transfer", 5),
    "something out of nothing": ({"member": 5, "treasury": 5}, "transfer", 10),
    "an amount that is not what moves": ({"treasury": -5, "member": 5}, "transfer", 4),
    "an entry without postings": ({}, "transfer", 5),
    "a balance below 0": ({"treasury": -101, "member": 101}, "transfer", 101),
    "a burn of what is not there": ({"member": -11, "supply": 11}, "burn", 11),
    "more than can exist": ({"supply": -(MOST - 109), "nobody": MOST - 109}, "issue", MOST - 109),
    "an issue that is none": ({"treasury": -5, "member": 5}, "issue", 5),
    "an issue that also takes": ({"supply": -5, "treasury": -1, "member": 6}, "issue", 6),
    "a burn that is none": ({"treasury": -5, "member": 5}, "burn", 5),
    "a burn that makes": ({"supply": -5, "member": 5}, "burn", 5),
    "a transfer from the supply": ({"supply": -5, "member": 5}, "transfer", 5),
    "a transfer to the supply": ({"treasury": -5, "supply": 5}, "transfer", 5),
    "a lock that moves": ({"treasury": -5, "member": 5}, "lock", 5),
    "a lock of nothing": ({}, "lock", 5),
    "vesting without a schedule": ({"treasury": -5, "member": 5}, "vest", 5),
    "a kind that nobody knows": ({"treasury": -5, "member": 5}, "gift", 5),
    "an account that there is not": ({"treasury": -5, uuid.UUID(int=7): 5}, "transfer", 5),
}


@pytest.mark.parametrize("what", BAD)
def test_an_entry_that_is_not_sound_is_refused(what, ledger):
    amounts, kind, amount = BAD[what]

    def write(connection: sa.Connection) -> None:
        ledger.postings(connection, amounts)
        ledger.entry(connection, kind, amount)

    refused(ledger, write)


def sound(ledger: Ledger, connection: sa.Connection, **facts: Any) -> None:
    ledger.postings(connection, {"treasury": -5, "member": 5}, facts.get("position"))
    ledger.entry(connection, "transfer", 5, **facts)


@pytest.mark.parametrize("step", [-2, -1, 0, 2, 3])
def test_positions_have_neither_gaps_nor_repetitions(ledger, step):
    refused(
        ledger, lambda connection: sound(ledger, connection, position=ledger.end + step), out_of_turn=True
    )


def test_no_entry_comes_before_the_one_before_it(ledger):
    refused(
        ledger,
        lambda connection: sound(ledger, connection, at=sa.text("'2001-01-01 00:00:00'")),
        out_of_turn=True,
    )


def test_postings_without_an_entry_do_not_outlast_their_transaction(ledger):
    refused(ledger, lambda connection: ledger.postings(connection, {"treasury": -5, "member": 5}))


def test_a_schedule_or_lock_without_an_entry_does_not_outlast_its_transaction(ledger):
    for what in (schedule, lock):
        refused(ledger, lambda connection, what=what: what(ledger, connection, "member"))


@pytest.mark.parametrize("past", [0, -1])
def test_nothing_is_added_to_an_entry(ledger, past):
    position = ledger.end + past
    refused(ledger, lambda c: ledger.postings(c, {"nobody": 5, "member": -5}, position))
    refused(ledger, lambda c: ledger.postings(c, {"nobody": 5}, position))
    refused(ledger, lambda c: schedule(ledger, c, "member", position))
    refused(ledger, lambda c: lock(ledger, c, "member", position))


def test_an_account_of_another_community_takes_part_in_nothing(changeable, portal):
    other = Ledger(changeable.engine, filled(portal))
    accounts = {"treasury": -5, other.accounts["treasury"]: 5}

    def write(connection: sa.Connection) -> None:
        changeable.postings(connection, accounts)
        changeable.entry(connection, "transfer", 5)

    refused(changeable, write)


# --- balances and accounts ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        "balance = balance + 1",
        "balance = 0",
        "balance = balance + 1, position = position + 1",
        "position = position + 1",
        "position = 0",
        "balance = 2 * balance, position = 1",
    ],
)
def test_no_balance_is_written_by_anything_but_an_entry(ledger, change):
    for name in ("supply", "treasury", "member"):
        statement = sa.text(f"UPDATE token_accounts SET {change} WHERE owner = '{name}'")
        refused(ledger, lambda connection, statement=statement: connection.execute(statement))


def test_no_balance_is_written_ahead_of_its_entry(ledger):
    """Not even the balance that the entry would make: the seal then finds it moved, and refuses all of it."""

    def write(connection: sa.Connection) -> None:
        ledger.postings(connection, {"treasury": -5, "member": 5})
        connection.execute(
            sa.update(TokenAccount)
            .where(TokenAccount.id == ledger.accounts["member"])
            .values(balance=TokenAccount.balance + 5, position=ledger.end + 1)
        )
        ledger.entry(connection, "transfer", 5)

    refused(ledger, write)


@pytest.mark.parametrize(("balance", "position"), [(5, 0), (0, 1), (-5, 0)])
def test_no_account_begins_with_a_balance(ledger, balance, position):
    facts = {"name": "rich", "owner": AccountOwner.TREASURY.value, "balance": balance, "position": position}
    refused(ledger, lambda connection: account(ledger, connection, **facts))


def test_there_is_one_supply_and_no_other_account_goes_below_0(ledger):
    for facts in (
        {"name": "supply", "owner": "supply"},
        {"name": "supply", "owner": "treasury"},
        {"name": "another", "owner": "supply"},
        {"name": "treasury", "owner": "treasury"},
        {"name": "x", "owner": "member"},
        {"name": "x", "owner": "somebody"},
    ):
        refused(ledger, lambda connection, facts=facts: account(ledger, connection, **facts))


def test_no_account_is_deleted_or_becomes_another(changeable, portal):
    run = changeable.run
    before = changeable.state()
    for statement in (
        "DELETE FROM token_accounts",
        "DELETE FROM token_accounts WHERE owner = 'nobody'",
        "UPDATE token_accounts SET owner = 'nobody', membership_id = NULL WHERE owner = 'member'",
        "UPDATE token_accounts SET owner = 'treasury' WHERE owner = 'nobody'",
        "UPDATE token_accounts SET owner = 'treasury', membership_id = NULL WHERE owner = 'member'",
        "UPDATE token_accounts SET created_at = '2001-01-01 00:00:00.000000'",
        f"UPDATE token_accounts SET community_id = '{uuid.uuid4().hex}' WHERE owner = 'nobody'",
        f"UPDATE token_accounts SET id = '{uuid.uuid4().hex}' WHERE owner = 'nobody'",
    ):
        with pytest.raises(sa.exc.DBAPIError):
            run(statement)
    other = filled(portal)
    foreign = uuid.UUID(other.members[0].memberships[other.id])
    for values in (
        {"owner": "member", "membership_id": foreign},
        {"owner": "member", "membership_id": uuid.UUID(int=5)},
    ):
        with pytest.raises(sa.exc.DBAPIError), changeable.engine.begin() as connection:
            connection.execute(sa.update(TokenAccount).where(TokenAccount.owner == "nobody").values(**values))
    assert [rows for rows in changeable.state()[0] if rows in before[0]] == before[0]


def test_an_account_that_is_nobodys_becomes_a_members_once(changeable, portal):
    membership = uuid.UUID(changeable.town.members[0].memberships[changeable.town.id])
    mine = sa.update(TokenAccount).where(TokenAccount.id == changeable.accounts["nobody"])
    with changeable.engine.begin() as connection:
        connection.execute(mine.values(owner="member", membership_id=membership))
    second = uuid.UUID(portal.join(changeable.town).memberships[changeable.town.id])
    refused(changeable, lambda connection: connection.execute(mine.values(membership_id=second)))


def test_a_reason_can_be_erased_and_not_altered(changeable):
    with changeable.engine.begin() as connection:
        sound(changeable, connection)
    entry = sa.update(TokenEntry).where(
        TokenEntry.community_id == changeable.community, TokenEntry.position == changeable.end + 1
    )
    for values in ({"reason": "Another"}, {"reason": None, "amount": 6}, {"kind": "issue"}):
        refused(changeable, lambda connection, values=values: connection.execute(entry.values(**values)))
    with changeable.engine.begin() as connection:
        assert connection.execute(entry.values(reason=None)).rowcount == 1
    refused(changeable, lambda connection: connection.execute(entry.values(reason="Back again")))


# --- vesting and locks ----------------------------------------------------------------------------------


def schedule(
    ledger: Ledger, connection: sa.Connection, account: str, position: int | None = None, **facts: Any
) -> None:
    values = {"amount": 5, "duration": 10, "cliff": 0} | facts
    connection.execute(
        sa.insert(TokenSchedule).values(
            community_id=ledger.community,
            position=position or ledger.end + 1,
            account_id=ledger.accounts[account],
            starts_at=sa.text(f"'{START[:19]}.000000'"),
            **values,
        )
    )


def lock(
    ledger: Ledger, connection: sa.Connection, account: str, position: int | None = None, **facts: Any
) -> None:
    values = {"amount": 5, "locked_until": sa.text("'2999-01-01 00:00:00.000000'")} | facts
    connection.execute(
        sa.insert(TokenLock).values(
            community_id=ledger.community,
            position=position or ledger.end + 1,
            account_id=ledger.accounts[account],
            **values,
        )
    )


def account(ledger: Ledger, connection: sa.Connection, **facts: Any) -> None:
    values = {"id": uuid.uuid4(), "balance": 0, "position": 0} | facts
    connection.execute(
        sa.insert(TokenAccount).values(community_id=ledger.community, created_at=database_clock(), **values)
    )


def test_vesting_is_what_its_schedule_says(changeable):
    def vest(connection: sa.Connection, account: str = "member", **facts: Any) -> None:
        changeable.postings(connection, {"treasury": -5, "member": 5})
        schedule(changeable, connection, account, **facts)
        changeable.entry(connection, "vest", 5)

    refused(changeable, lambda connection: vest(connection, amount=4))
    refused(changeable, lambda connection: vest(connection, account="treasury"))
    refused(changeable, lambda connection: vest(connection, account="nobody"))
    refused(changeable, lambda connection: vest(connection, cliff=11))
    refused(changeable, lambda connection: vest(connection, duration=0))
    refused(
        changeable,
        lambda connection: (schedule(changeable, connection, "member"), sound(changeable, connection)),
    )
    with changeable.engine.begin() as connection:
        vest(connection)
    assert changeable.balances()["member"] == 15


def test_a_lock_is_of_an_account_and_of_its_amount_and_ends_later(changeable):
    def locked(connection: sa.Connection, account: str = "member", amount: int = 5, **facts: Any) -> None:
        lock(changeable, connection, account, **facts)
        changeable.entry(connection, "lock", amount)

    refused(changeable, lambda connection: locked(connection, amount=6))
    refused(changeable, lambda connection: locked(connection, account="supply"))
    past = sa.text("'2001-01-01 00:00:00.000000'")
    refused(changeable, lambda connection: locked(connection, locked_until=past))
    refused(
        changeable, lambda connection: (lock(changeable, connection, "member"), sound(changeable, connection))
    )
    with changeable.engine.begin() as connection:
        locked(connection)
    assert changeable.balances()["member"] == 10


# --- at once --------------------------------------------------------------------------------------------


def test_of_entries_written_at_once_past_the_application_each_has_its_position_or_none(changeable):
    """Whoever does not wait for their turn as the application does is refused, and nothing is spent twice."""
    barrier = threading.Barrier(6)
    outcomes: list[bool] = []

    def spend() -> None:
        barrier.wait()
        try:
            with changeable.engine.begin() as connection:
                changeable.postings(connection, {"treasury": -60, "member": 60})
                changeable.entry(connection, "transfer", 60)
            outcomes.append(True)
        except sa.exc.DBAPIError:
            outcomes.append(False)

    threads = [threading.Thread(target=spend) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [False] * 5 + [True]
    assert (changeable.balances()["treasury"], changeable.balances()["member"]) == (40, 70)
