"""Statements: what happened to an account, or to all of a member's, with the balance after each entry."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.ledger import EntryKind, Movement
from app.domain.ledger import statement as running
from app.domain.ledger.accounts import AccountOwner
from app.models.tokens import TokenAccount, TokenEntry, TokenLock, TokenPosting
from app.policies.permissions import Actor
from app.services.tokens.entries import Facts, facts_of
from app.services.tokens.vesting_sql import total

#: Kinds that move tokens between two accounts, of which the other one is worth naming.
_BETWEEN_TWO = (EntryKind.TRANSFER.value, EntryKind.VEST.value)


def own_accounts(session: Session, actor: Actor) -> Sequence[TokenAccount]:
    """Return the actor's accounts, the oldest first."""
    return session.scalars(
        sa.select(TokenAccount)
        .where(
            TokenAccount.community_id == actor.community_id,
            TokenAccount.membership_id == actor.membership_id,
        )
        .order_by(TokenAccount.created_at, TokenAccount.id)
        .execution_options(populate_existing=True)
    ).all()


def movements(community_id: uuid.UUID, accounts: Collection[uuid.UUID]) -> sa.Subquery:
    """Return what each entry did to some accounts of a community taken together, a row an entry.

    :return: columns ``position``, and ``amount``, which is 0 for a lock and for what moved among the accounts.
    """
    postings, locks = TokenPosting.__table__.c, TokenLock.__table__.c
    moved = sa.select(postings.position, postings.amount).where(
        postings.community_id == community_id, postings.account_id.in_(accounts)
    )
    locked = sa.select(locks.position, sa.literal(0, sa.BigInteger())).where(
        locks.community_id == community_id, locks.account_id.in_(accounts)
    )
    both = sa.union_all(moved, locked).subquery("both")
    return (
        sa.select(both.c.position, total(both.c.amount).label("amount"))
        .group_by(both.c.position)
        .subquery("movements")
    )


def lines(community_id: uuid.UUID, accounts: Collection[uuid.UUID]) -> sa.Select[Any]:
    """Select the entries that touched some accounts; the caller pages by ``position``."""
    moved = movements(community_id, accounts)
    entries = TokenEntry.__table__.c
    return (
        sa.select(entries.position, entries.at, entries.kind, entries.reason, moved.c.amount.label("amount"))
        .join(moved, moved.c.position == entries.position)
        .where(entries.community_id == community_id)
    )


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a statement.

    ``counterparty`` is the other account of a transfer or of what vests, None where both are the reader's, and for
    everything that comes from the supply or goes back to it.
    """

    position: int
    at: dt.datetime
    kind: str
    amount: int
    balance: int
    reason: str | None
    counterparty: TokenAccount | None
    facts: Facts


def complete(
    session: Session, community_id: uuid.UUID, accounts: Collection[uuid.UUID], rows: Sequence[Any]
) -> list[Line]:
    """Return rows of :func:`lines` with the balance after each, and with what else is to be told of them.

    :param rows: a run of neighbouring entries, in either order.
    """
    if not rows:
        return []
    ascending = sorted(rows, key=lambda row: row.position)
    opening = session.execute(
        sa.select(sa.func.coalesce(total(TokenPosting.__table__.c.amount), 0)).where(
            TokenPosting.account_id.in_(accounts), TokenPosting.position < ascending[0].position
        )
    ).scalar_one()
    told = running(
        (Movement(row.position, row.at, EntryKind(row.kind), row.amount) for row in ascending), opening
    )
    balances = {line.position: line.balance for line in told}
    others = _counterparties(session, community_id, accounts, rows)
    facts = facts_of(session, community_id, [row.position for row in rows])
    return [
        Line(
            position=row.position,
            at=row.at,
            kind=row.kind,
            amount=row.amount,
            balance=balances[row.position],
            reason=row.reason,
            counterparty=others.get(row.position),
            facts=facts.get(row.position, Facts()),
        )
        for row in rows
    ]


def _counterparties(
    session: Session, community_id: uuid.UUID, accounts: Collection[uuid.UUID], rows: Sequence[Any]
) -> Mapping[int, TokenAccount]:
    between_two = [row.position for row in rows if row.kind in _BETWEEN_TWO]
    if not between_two:
        return {}
    found = session.execute(
        sa.select(TokenPosting.position, TokenAccount)
        .join(TokenAccount, TokenAccount.id == TokenPosting.account_id)
        .where(
            TokenPosting.community_id == community_id,
            TokenPosting.position.in_(between_two),
            TokenPosting.account_id.not_in(accounts),
            TokenAccount.owner != AccountOwner.SUPPLY.value,
        )
    )
    return dict(found.all())
