"""The ledger in the database beside the domain's book: what one takes the other takes, to the unit."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, replace

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.db.units import Units
from app.domain.errors import Refusal
from app.domain.ledger import (
    GREATEST_SUPPLY,
    SUPPLY,
    Book,
    Entry,
    Lock,
    Movement,
    Overdraft,
    SupplyExceeded,
    VestingSchedule,
    book_at,
    burn,
    issue,
    lock,
    statement,
    transfer,
    vest,
)
from app.models.communities import Community
from app.models.tokens import TokenAccount, TokenEntry
from app.policies.permissions import Actor
from app.services.tokens.figures import balances_at, figures_of
from app.services.tokens.opening import open_ledger
from app.services.tokens.statements import complete, lines
from app.services.tokens.turns import post, take_turn

NAMES = ("a", "b", "c")
NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
#: The clock stands still on both sides: what differs from entry to entry is when things vest and come free.
NO_FIXTURE_CHECK = settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

amounts = st.one_of(
    st.integers(1, 12), st.integers(1, 10**6), st.integers(GREATEST_SUPPLY - 20, GREATEST_SUPPLY)
)
names = st.sampled_from(NAMES)
moments = st.integers(-200, 200).map(lambda seconds: NOW + dt.timedelta(seconds=seconds))


@st.composite
def schedules(draw: st.DrawFn) -> VestingSchedule:
    duration = draw(st.integers(1, 300))
    return VestingSchedule(draw(amounts), draw(moments), duration, draw(st.integers(0, duration)))


@st.composite
def entries(draw: st.DrawFn) -> Entry:
    first, second = draw(st.permutations(NAMES))[:2]
    return draw(
        st.one_of(
            st.builds(issue, st.just(first), amounts),
            st.builds(burn, st.just(first), amounts),
            st.builds(transfer, st.just(first), st.just(second), amounts),
            st.builds(vest, st.sampled_from([SUPPLY, second]), st.just(first), schedules()),
            st.builds(
                lock,
                st.just(first),
                st.builds(Lock, amounts, st.integers(1, 400).map(lambda s: NOW + dt.timedelta(seconds=s))),
            ),
        )
    )


#: Entries, each with how many seconds pass before it.
stories = st.lists(st.tuples(entries(), st.integers(0, 60)), min_size=1, max_size=25)


@dataclass
class Kept:
    """A ledger kept twice."""

    units: Units
    community_id: uuid.UUID
    book: Book

    def accounts(self, session: sa.orm.Session) -> dict[str, TokenAccount]:
        rows = session.scalars(
            sa.select(TokenAccount)
            .where(TokenAccount.community_id == self.community_id)
            .execution_options(populate_existing=True)
        )
        return {row.name: row for row in rows}


def begun(units: Units) -> Kept:
    community_id = uuid.uuid4()
    with units.write() as session:
        session.add(
            Community(id=community_id, slug=community_id.hex, name="Town", created_at=NOW, allowed_origins=[])
        )
        session.flush()
        open_ledger(session, community_id, NOW)
        session.add_all(
            TokenAccount(community_id=community_id, name=name, owner="nobody", created_at=NOW)
            for name in NAMES
        )
    return Kept(units, community_id, Book())


def post_both(kept: Kept, entry: Entry, at: dt.datetime) -> bool:
    """Post to both, which must agree, and say whether they took it."""
    try:
        kept.book.post(entry, at)
        expected: tuple[str, ...] = ()
    except Overdraft as overdraft:
        expected = ("not-available", str(overdraft.available), str(overdraft.wanted))
    except SupplyExceeded:
        expected = ("supply-exceeded",)
    told: tuple[str, ...] = ()
    try:
        with kept.units.write() as session:
            turn = take_turn(session, kept.community_id)
            accounts = kept.accounts(session)
            post(session, Actor("r"), replace(turn, at=at), entry, accounts=accounts, reason=None)
    except Refusal as refusal:
        figures = [
            str(refusal.extensions[name]) for name in ("available", "wanted") if name in refusal.extensions
        ]
        told = (refusal.problem.slug, *figures)
    assert told == expected
    return not expected


@NO_FIXTURE_CHECK
@given(story=stories)
def test_both_take_and_refuse_the_same_and_come_to_the_same(units, story):
    kept, at, taken = begun(units), NOW, []
    for entry, seconds in story:
        at += dt.timedelta(seconds=seconds)
        if entry.lock is not None and entry.lock.until <= at:
            continue  # says nothing; the service and the database refuse it, the book does not mind
        if post_both(kept, entry, at):
            taken.append((entry, at))
    with units.read() as session:
        accounts = kept.accounts(session)
        assert {name: account.balance for name, account in accounts.items()} == {
            name: kept.book.balance(name) for name in (*NAMES, SUPPLY)
        }
        assert sum(account.balance for account in accounts.values()) == 0
        figures = figures_of(session, list(accounts.values()), at)
        for name in NAMES:
            account = figures[accounts[name].id]
            assert account.available == kept.book.available(name, at)
            assert account.unvested == kept.book.unvested(name, at)
        ids = {account.id: name for name, account in accounts.items()}
        for position in range(len(taken) + 1):
            book, held = book_at(taken, position), balances_at(kept.community_id, position)
            found = {ids[row.account_id]: row.balance for row in session.execute(sa.select(held))}
            assert found == {
                name: book.balance(name) for name in (*NAMES, SUPPLY) if name in found or book.balance(name)
            }
        check_statements(session, kept, accounts, taken)


def check_statements(session, kept, accounts, taken):
    """Every statement, in pages cut anywhere, is the replay of what was taken."""
    for among in (["a"], ["b"], ["a", "c"], list(NAMES)):
        expected = list(statement(replay(taken, among)))
        rows = session.execute(
            lines(kept.community_id, [accounts[name].id for name in among]).order_by(TokenEntry.position)
        ).all()
        told = []
        for cut in range(0, len(rows), 3):
            page = rows[cut : cut + 3]
            told += complete(session, kept.community_id, [accounts[name].id for name in among], page[::-1])[
                ::-1
            ]
        assert [(x.position, x.kind, x.amount, x.balance) for x in told] == [
            (x.position, x.kind.value, x.amount, x.balance) for x in expected
        ]


def replay(taken, among):
    for position, (entry, at) in enumerate(taken, 1):
        touched = {posting.account for posting in entry.postings} | {entry.account}
        if touched & set(among):
            amount = sum(posting.amount for posting in entry.postings if posting.account in among)
            yield Movement(position, at, entry.kind, amount)


def test_an_entry_never_comes_before_the_last_one_even_if_the_clock_does(units, clock):
    kept = begun(units)
    clock.stop(NOW + dt.timedelta(hours=1))
    with units.write() as session:
        first = take_turn(session, kept.community_id)
        entry = issue("a", 5)
        post(session, Actor("r"), first, entry, accounts=kept.accounts(session), reason=None)
    clock.stop(NOW)
    with units.write() as session:
        assert take_turn(session, kept.community_id).at == first.at
