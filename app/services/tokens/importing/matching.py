"""Whose a file's rows are.

A row names an account by its name or id, or a member by id or reference, which is the name of their main account.
Names come first.

Each is sought by a whole key: looked up one by one, as a database that was told the tables' sizes (ANALYZE) while
they held next to nothing may find that looking through all accounts for each row of a join is the shortest way. Many
at once PostgreSQL joins by hashing, and is not to choose another way.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from app.db.uuid_text import uuid_text
from app.domain.ledger.accounts import AccountOwner
from app.models.communities import Membership
from app.models.tokens import TokenAccount
from app.services.tokens.importing.tables import FOLDED, ROWS

Column = sa.ColumnElement[Any]
_ACCOUNTS, _MEMBERSHIPS = TokenAccount.__table__, Membership.__table__


class _Step:
    """One step of the search: rows with what was found so far, and what is sought with it.

    :param source: where what was found so far stands.
    """

    def __init__(self, community_id: uuid.UUID, source: sa.FromClause, *, joins: bool) -> None:
        self._joins = joins
        self._community_id = community_id
        self._source = source

    def seek(
        self, table: sa.FromClause, key: Callable[[sa.FromClause], Column], *wanted: str
    ) -> tuple[Column, ...]:
        """Seek a row of the community, if there is one.

        :param key: the table -> the condition that holds for one row of the community at most.
        :return: the columns wanted, NULL where there is none.
        """
        sought = table.alias()
        condition = sa.and_(sought.c.community_id == self._community_id, key(sought))
        if self._joins:
            self._source = sa.outerjoin(self._source, sought, condition)
            return tuple(sought.c[name] for name in wanted)
        return tuple(sa.select(sought.c[name]).where(condition).scalar_subquery() for name in wanted)

    def done(self, name: str, *columns: Column) -> sa.CTE:
        """End the step with these columns."""
        found = sa.select(*columns).select_from(self._source).cte(name)
        # Or it would look up again for each use.
        return found if self._joins else found.prefix_with("MATERIALIZED")


def matched(
    community_id: uuid.UUID, *, joins: bool, fold_case: bool, create_accounts: bool, match: bool
) -> sa.Select[*tuple[Any, ...]]:
    """Select which account each row means and what it changes there, as the columns of ``CHANGES``.

    :param joins: what is sought is joined, not looked up.
    :param fold_case: names are sought in ``FOLDED``, where several may be alike: then a row comes as often.
    :param create_accounts: a name that nobody knows is that of an account to be made.
    :param match: amounts are what accounts are to hold, not what they gain.
    """

    def step(source: sa.FromClause) -> _Step:
        return _Step(community_id, source, joins=joins)

    rows = ROWS.c
    first = step(sa.outerjoin(ROWS, FOLDED, FOLDED.c.called == rows.name) if fold_case else ROWS)
    named = FOLDED.c.id if fold_case else first.seek(_ACCOUNTS, lambda n: n.c.name == rows.name, "id")[0]
    (identified,) = first.seek(_ACCOUNTS, lambda i: i.c.id == rows.key, "id")
    (by_id,) = first.seek(_MEMBERSHIPS, lambda m: m.c.id == rows.key, "id")
    (by_reference,) = first.seek(_MEMBERSHIPS, lambda m: m.c.reference == uuid_text(rows.key), "id")
    sought = first.done(
        "sought",
        *(rows[name] for name in ("line", "name", "amount", "fresh")),
        sa.func.coalesce(named, identified).label("direct"),
        sa.func.coalesce(by_id, by_reference).label("member"),
    )
    second = step(sought)
    reference, left_at = second.seek(
        _MEMBERSHIPS, lambda m: m.c.id == sought.c.member, "reference", "left_at"
    )
    people = second.done("people", *sought.c, reference.label("reference"), left_at.label("left_at"))
    third = step(people)
    (main,) = third.seek(_ACCOUNTS, lambda o: o.c.name == people.c.reference, "id")
    placed = third.done("placed", *people.c, sa.func.coalesce(people.c.direct, main).label("account_id"))
    fourth = step(placed)
    owner, balance = fourth.seek(_ACCOUNTS, lambda a: a.c.id == placed.c.account_id, "owner", "balance")
    held = sa.func.coalesce(balance, 0)
    found = fourth.done("found", *placed.c, owner.label("owner"), held.label("balance")).c

    unknown = [
        sa.func.coalesce(found.owner, "") == AccountOwner.SUPPLY.value,
        sa.and_(found.direct.is_(None), found.left_at.is_not(None)),
    ]
    if not create_accounts:
        unknown.append(sa.and_(found.account_id.is_(None), found.member.is_(None)))
    is_new = found.account_id.is_(None)
    return sa.select(
        found.line,
        sa.case((is_new, sa.func.coalesce(found.reference, found.name)), else_=found.name),
        found.account_id,
        sa.case((is_new, found.member)),
        sa.or_(*unknown),
        found.fresh,
        found.balance,
        found.amount - found.balance if match else found.amount,
    )


def ascii_only(column: sa.ColumnElement[str], dialect: str) -> sa.ColumnElement[str]:
    """Have lower() fold ASCII letters alone, as SQLite's does."""
    return sa.collate(column, "C") if dialect == "postgresql" else column
