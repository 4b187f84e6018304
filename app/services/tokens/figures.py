"""What accounts hold, and how much of it can be moved; what there is of a community's tokens altogether."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.errors import refuse
from app.domain.ledger.accounts import AccountOwner
from app.models.tokens import TokenAccount, TokenEntry, TokenLock, TokenPosting
from app.policies.permissions import Actor
from app.services.tokens.vesting_sql import total, unvested_by_account


@dataclass(frozen=True, slots=True)
class Figures:
    """How an account stands at an instant, in minor units. Locked and unvested tokens are different ones."""

    balance: int
    locked: int
    unvested: int

    @property
    def available(self) -> int:
        """What can be moved: as :func:`app.domain.ledger.available` has it."""
        return self.balance - self.locked - self.unvested


def figures_of(
    session: Session, accounts: Collection[TokenAccount], at: dt.datetime
) -> Mapping[uuid.UUID, Figures]:
    """Return how accounts of one community stand at an instant, by id.

    Their balances are those they were loaded with: who spends them has locked the supply's row first.
    """
    if not accounts:
        return {}
    ids = [account.id for account in accounts]
    community_id = next(iter(accounts)).community_id
    locked = session.execute(
        sa.select(TokenLock.account_id, total(TokenLock.__table__.c.amount))
        .where(TokenLock.account_id.in_(ids), TokenLock.locked_until > at)
        .group_by(TokenLock.account_id)
    )
    held_back: dict[uuid.UUID, int] = dict(locked.all())
    vesting = unvested_by_account(session.get_bind().dialect.name, community_id, at, ids)
    unvested: dict[uuid.UUID, int] = dict(session.execute(sa.select(vesting)).all())
    return {
        account.id: Figures(account.balance, held_back.get(account.id, 0), unvested.get(account.id, 0))
        for account in accounts
    }


@dataclass(frozen=True, slots=True)
class Totals:
    """What there is of a community's tokens as of a position of its ledger, in minor units.

    ``supply`` = ``issued`` - ``burned`` = ``members`` + ``treasury`` + ``unassigned``. ``holders`` is the number of
    members who hold any.
    """

    position: int
    supply: int
    issued: int
    burned: int
    members: int
    treasury: int
    unassigned: int
    holders: int


def end_of(session: Session, community_id: uuid.UUID) -> int:
    """Return the position of a community's last entry; 0 before the first."""
    last = session.scalar(
        sa.select(sa.func.max(TokenEntry.position)).where(TokenEntry.community_id == community_id)
    )
    return last or 0


def require_position(session: Session, community_id: uuid.UUID, position: int | None) -> int:
    """Return a position that was asked for, or that of the last entry for None.

    :raises Refusal: ``position-ahead`` where the ledger has not come to it.
    """
    end = end_of(session, community_id)
    if position is None:
        return end
    if position > end:
        raise refuse(
            "position-ahead",
            f"The ledger ends at position {end}.",
            extensions={"position": end},
        )
    return position


def balances_at(community_id: uuid.UUID, position: int) -> sa.Subquery:
    """Return balances as of a position: columns ``account_id`` and ``balance``, for accounts that ever moved."""
    postings = TokenPosting.__table__.c
    return (
        sa.select(postings.account_id, total(postings.amount).label("balance"))
        .where(postings.community_id == community_id, postings.position <= position)
        .group_by(postings.account_id)
        .subquery("balances")
    )


def balance_at(session: Session, account: TokenAccount, position: int) -> int:
    """Return what an account held as of a position.

    :raises Refusal: ``position-ahead``.
    """
    require_position(session, account.community_id, position)
    amount = TokenPosting.__table__.c.amount
    held: int = session.execute(
        sa.select(sa.func.coalesce(total(amount), 0)).where(
            TokenPosting.account_id == account.id, TokenPosting.position <= position
        )
    ).scalar_one()
    return held


def totals(session: Session, actor: Actor, position: int | None) -> Totals:
    """Return a community's totals as of a position, or now for None. Owners are who they are now.

    :raises Refusal: ``position-ahead``.
    """
    assert actor.community_id is not None  # noqa: S101 - the edge resolved the community
    as_of = require_position(session, actor.community_id, position)
    accounts = TokenAccount.__table__.c
    if position is None:
        source: sa.FromClause = TokenAccount.__table__
        balance: sa.ColumnElement[int] = accounts.balance
    else:
        balances = balances_at(actor.community_id, as_of)
        source = TokenAccount.__table__.join(balances, balances.c.account_id == accounts.id)
        balance = balances.c.balance
    held = {
        owner: (amount, holders)
        for owner, amount, holders in session.execute(
            sa.select(
                accounts.owner,
                total(balance),
                sa.func.count(accounts.membership_id.distinct()).filter(balance > 0),
            )
            .select_from(source)
            .where(accounts.community_id == actor.community_id)
            .group_by(accounts.owner)
        )
    }
    postings = TokenPosting.__table__.c
    issued, burned = session.execute(
        sa.select(
            sa.func.coalesce(total(sa.case((postings.amount < 0, -postings.amount), else_=0)), 0),
            sa.func.coalesce(total(sa.case((postings.amount > 0, postings.amount), else_=0)), 0),
        )
        .join(TokenAccount.__table__, accounts.id == postings.account_id)
        .where(
            accounts.community_id == actor.community_id,
            accounts.owner == AccountOwner.SUPPLY.value,
            postings.position <= as_of,
        )
    ).one()
    nothing: tuple[Any, Any] = (0, 0)
    members, holders = held.get(AccountOwner.MEMBER.value, nothing)
    return Totals(
        position=as_of,
        supply=issued - burned,
        issued=issued,
        burned=burned,
        members=members,
        treasury=held.get(AccountOwner.TREASURY.value, nothing)[0],
        unassigned=held.get(AccountOwner.NOBODY.value, nothing)[0],
        holders=holders,
    )
