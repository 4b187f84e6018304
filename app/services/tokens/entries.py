"""Reading the ledger: its entries, and what each one is made of."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.errors import refuse
from app.domain.ledger import EntryKind
from app.models.tokens import TokenAccount, TokenEntry, TokenLock, TokenPosting, TokenSchedule
from app.policies.permissions import Actor, Permission, allows

#: Postings shown with an entry; those of an import are in the ledger's download.
SHOWN = 20

#: What shows that an entry touched an account.
_TOUCHING = (TokenPosting, TokenLock)
_TWO_SIDES = 2


@dataclass(frozen=True, slots=True)
class Facts:
    """What an entry says besides its postings: how its tokens vest, or what it locks in which account."""

    schedule: TokenSchedule | None = None
    lock: TokenLock | None = None
    locked_account: TokenAccount | None = None


@dataclass(frozen=True, slots=True)
class Detail:
    """An entry with what it is made of; ``postings`` are at most :data:`SHOWN` of ``posting_count``."""

    entry: TokenEntry
    facts: Facts
    postings: Sequence[tuple[TokenAccount, int]]
    posting_count: int


def of_community(actor: Actor, kind: EntryKind | None) -> sa.Select[TokenEntry]:
    """Select a community's entries, of one kind or of all; the caller pages by ``position``."""
    statement = sa.select(TokenEntry).where(TokenEntry.community_id == actor.community_id)
    return statement if kind is None else statement.where(TokenEntry.kind == kind.value)


def read(session: Session, actor: Actor, position: int) -> Detail:
    """Return an entry: any, to whoever reads all accounts; one that touched an account of theirs, to its member.

    A member sees both sides of what passed between two accounts, and of an import their own part alone.

    :raises Refusal: ``not-found``.
    """
    entry = session.get(TokenEntry, (actor.community_id, position))
    if entry is None:
        raise refuse("not-found")
    if allows(Permission.TOKEN_READ_ALL, actor):
        return describe(session, entry)
    own = (
        sa.select(TokenAccount.id)
        .where(
            TokenAccount.community_id == actor.community_id,
            TokenAccount.membership_id == actor.membership_id,
        )
        .scalar_subquery()
    )
    if not any(session.scalar(_at(entry, model).where(model.account_id.in_(own))) for model in _TOUCHING):
        raise refuse("not-found")
    detail = describe(session, entry)
    if detail.posting_count <= _TWO_SIDES:
        return detail
    return describe(session, entry, TokenPosting.account_id.in_(own))


def describe(session: Session, entry: TokenEntry, condition: sa.ColumnElement[bool] | None = None) -> Detail:
    """Return an entry with what it is made of, of its postings those that fulfil a condition."""
    shown = (
        sa.select(TokenAccount, TokenPosting.amount)
        .join(TokenPosting, TokenPosting.account_id == TokenAccount.id)
        .where(
            TokenPosting.community_id == entry.community_id,
            TokenPosting.position == entry.position,
            sa.true() if condition is None else condition,
        )
        .order_by(TokenPosting.amount, TokenPosting.account_id)
        .limit(SHOWN)
    )
    return Detail(
        entry=entry,
        facts=facts_of(session, entry.community_id, [entry.position]).get(entry.position, Facts()),
        postings=session.execute(shown).all(),
        posting_count=session.scalar(_at(entry, TokenPosting)) or 0,
    )


def facts_of(session: Session, community_id: uuid.UUID, positions: Collection[int]) -> Mapping[int, Facts]:
    """Return what entries say besides their postings, by position; only those that say anything."""
    schedules = session.scalars(
        sa.select(TokenSchedule).where(
            TokenSchedule.community_id == community_id, TokenSchedule.position.in_(positions)
        )
    )
    locks = session.execute(
        sa.select(TokenLock, TokenAccount)
        .join(TokenAccount, TokenAccount.id == TokenLock.account_id)
        .where(TokenLock.community_id == community_id, TokenLock.position.in_(positions))
    )
    return {schedule.position: Facts(schedule=schedule) for schedule in schedules} | {
        lock.position: Facts(lock=lock, locked_account=account) for lock, account in locks
    }


def _at(entry: TokenEntry, model: type[TokenPosting | TokenLock]) -> sa.Select[int]:
    """Count the rows that belong to an entry."""
    return (
        sa.select(sa.func.count())
        .select_from(model)
        .where(model.community_id == entry.community_id, model.position == entry.position)
    )
