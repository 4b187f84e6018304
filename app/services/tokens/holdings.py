"""What each member holds, as one statement computes it: for whoever weighs members by their tokens."""

from __future__ import annotations

import uuid

import sqlalchemy as sa

from app.models.tokens import TokenAccount, TokenEntry
from app.services.tokens.vesting_sql import Instant, total, unvested_by_account


def held(dialect_name: str, community_id: uuid.UUID, at: Instant) -> sa.Subquery:
    """Return what the members of a community hold, to be joined into a statement.

    :param dialect_name: ``postgresql`` or ``sqlite``.
    :param at: when vesting is judged: an instant, or an expression that needs no table, such as the database's
        clock. Balances are those that the statement sees.
    :return: columns ``membership_id``, ``balance`` and ``unvested``, in minor units, 0 <= unvested <= balance. One
        row for each membership with a balance, whether its member has left or not: the sum over all its accounts.
        Locked tokens count: a lock keeps them from being moved, not from being owned.
    """
    accounts = TokenAccount.__table__.c
    vesting = unvested_by_account(dialect_name, community_id, at)
    return (
        sa.select(
            accounts.membership_id,
            total(accounts.balance).label("balance"),
            total(sa.func.coalesce(vesting.c.unvested, 0)).label("unvested"),
        )
        .outerjoin(vesting, vesting.c.account_id == accounts.id)
        .where(
            accounts.community_id == community_id,
            accounts.membership_id.is_not(None),
            accounts.balance > 0,
        )
        .group_by(accounts.membership_id)
        .subquery("held")
    )


def last_position(community_id: uuid.UUID) -> sa.Select[int]:
    """Select the position of a ledger's last entry; 0 before any."""
    return sa.select(sa.func.coalesce(sa.func.max(TokenEntry.position), 0)).where(
        TokenEntry.community_id == community_id
    )
