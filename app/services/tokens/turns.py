"""Posting: a community's entries are written one after the other, each in its turn.

A position follows the one before without a gap, so whoever writes an entry must wait for whoever wrote the last
one; the supply's row is where they queue. Since everybody takes it before anything else, transfers in both
directions between two accounts cannot deadlock, and what an account has available is still so when it is spent.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.clock import database_now
from app.domain.errors import refuse
from app.domain.ledger import GREATEST_SUPPLY, SUPPLY, Entry, EntryKind
from app.models.tokens import TokenAccount, TokenEntry, TokenLock, TokenPosting, TokenSchedule
from app.policies.permissions import Actor
from app.services.tokens.figures import figures_of


@dataclass(frozen=True, slots=True)
class Turn:
    """The right to write a community's next entries, until the transaction ends.

    :param supply: the account that tokens come from and go back to.
    :param position: of the last entry.
    :param at: now, and never before the last entry.
    """

    supply: TokenAccount
    position: int
    at: dt.datetime

    @property
    def room(self) -> int:
        """How many minor units can still be issued."""
        return GREATEST_SUPPLY + self.supply.balance


def take_turn(session: Session, community_id: uuid.UUID) -> Turn:
    """Wait for everyone who is writing an entry of this community, and go next."""
    return _turn(session, community_id, _supply(community_id).with_for_update(key_share=True))


def look(session: Session, community_id: uuid.UUID) -> Turn:
    """Return the turn that would be next, for whoever only wants to know and writes nothing."""
    return _turn(session, community_id, _supply(community_id))


def _supply(community_id: uuid.UUID) -> sa.Select[TokenAccount]:
    return (
        sa.select(TokenAccount)
        .where(TokenAccount.community_id == community_id, TokenAccount.name == SUPPLY)
        .execution_options(populate_existing=True)
    )


def _turn(session: Session, community_id: uuid.UUID, statement: sa.Select[TokenAccount]) -> Turn:
    supply = session.scalars(statement).one()
    last = session.execute(
        sa.select(TokenEntry.position, TokenEntry.at)
        .where(TokenEntry.community_id == community_id)
        .order_by(TokenEntry.position.desc())
        .limit(1)
    ).first()
    now = database_now(session)
    return Turn(supply, 0, now) if last is None else Turn(supply, last.position, max(now, last.at))


def post(
    session: Session,
    actor: Actor,
    turn: Turn,
    entry: Entry,
    *,
    accounts: Mapping[str, TokenAccount],
    reason: str | None,
) -> TokenEntry:
    """Write an entry in its turn, if the accounts have what it takes.

    :param turn: of which this is the only entry.
    :param entry: names accounts by the keys of ``accounts``, and the supply as :data:`SUPPLY`.
    :return: the entry; balances loaded before are out of date and are read anew when looked at.
    :raises Refusal: ``not-available`` or ``supply-exceeded``.
    """
    involved = {**accounts, SUPPLY: turn.supply}
    _require_funds(session, turn, entry, involved)
    position = turn.position + 1
    community_id = turn.supply.community_id
    session.add_all(
        TokenPosting(
            account_id=involved[name].id, position=position, community_id=community_id, amount=amount
        )
        for name, amount in entry.postings
    )
    if entry.schedule is not None:
        payee = next(name for name, amount in entry.postings if amount > 0)
        session.add(
            TokenSchedule(
                community_id=community_id,
                position=position,
                account_id=involved[payee].id,
                amount=entry.schedule.amount,
                starts_at=entry.schedule.starts_at,
                duration=entry.schedule.duration,
                cliff=entry.schedule.cliff,
            )
        )
    if entry.lock is not None and entry.account is not None:
        session.add(
            TokenLock(
                community_id=community_id,
                position=position,
                account_id=involved[entry.account].id,
                amount=entry.lock.amount,
                locked_until=entry.lock.until,
            )
        )
    sealed = seal(session, actor, turn, kind=entry.kind, amount=entry.amount, reason=reason)
    for account in involved.values():
        session.expire(account, ["balance", "position"])
    return sealed


def seal(
    session: Session, actor: Actor, turn: Turn, *, kind: EntryKind, amount: int, reason: str | None
) -> TokenEntry:
    """Write the entry to which the postings just written belong.

    The database asks that it is what they say, and moves the balances.

    :param amount: what they move, or what is locked.
    """
    session.flush()
    sealed = TokenEntry(
        community_id=turn.supply.community_id,
        position=turn.position + 1,
        kind=kind.value,
        amount=amount,
        reason=reason,
        membership_id=actor.membership_id,
        at=turn.at,
    )
    session.add(sealed)
    session.flush()
    return sealed


def _require_funds(session: Session, turn: Turn, entry: Entry, involved: Mapping[str, TokenAccount]) -> None:
    """Ask that every account has available what the entry takes or locks, and the supply room for what it makes.

    :raises Refusal: ``not-available`` or ``supply-exceeded``.
    """
    wanted = {name: -amount for name, amount in entry.postings if amount < 0}
    if entry.lock is not None and entry.account is not None:
        wanted[entry.account] = entry.lock.amount
    if (made := wanted.pop(SUPPLY, 0)) > turn.room:
        raise refuse(
            "supply-exceeded",
            f"{made} minor units would be issued, and only {turn.room} more can exist.",
            extensions={"room": turn.room},
        )
    figures = figures_of(session, [involved[name] for name in wanted], turn.at)
    for name, amount in wanted.items():
        account = involved[name]
        there = figures[account.id].available
        if there < amount:
            raise refuse(
                "not-available",
                f'"{account.name}" has {there} minor units available, and {amount} are wanted.',
                extensions={"available": there, "wanted": amount},
            )
