"""Issuing, moving, burning, vesting and locking tokens."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy.orm import Session

from app.domain.errors import refuse
from app.domain.instants import instant
from app.domain.ledger import SUPPLY, Entry, EntryKind, InvalidEntry, Lock, VestingSchedule
from app.domain.ledger import burn as burn_entry
from app.domain.ledger import issue as issue_entry
from app.domain.ledger import lock as lock_entry
from app.domain.ledger import transfer as transfer_entry
from app.domain.ledger import vest as vest_entry
from app.domain.ledger.accounts import AccountOwner
from app.models.communities import Membership
from app.models.tokens import TokenAccount, TokenEntry
from app.policies.permissions import Actor, Permission, Role
from app.services.audit import Action, record
from app.services.communities.joining import lock_roles
from app.services.tokens.accounts import find, main_account, may_spend
from app.services.tokens.turns import Turn, post, take_turn

ACTIONS: Mapping[EntryKind, Action] = {
    EntryKind.ISSUE: Action.TOKEN_ISSUED,
    EntryKind.TRANSFER: Action.TOKEN_TRANSFERRED,
    EntryKind.BURN: Action.TOKEN_BURNED,
    EntryKind.VEST: Action.TOKEN_VESTED,
    EntryKind.LOCK: Action.TOKEN_LOCKED,
}


def issue(session: Session, actor: Actor, *, to: str, amount: int, reason: str | None) -> TokenEntry:
    """Make new tokens.

    :param to: names the account that gets them, as :func:`app.services.tokens.accounts.find` has it.
    :param amount: 1 to 2^53 - 1 minor units.
    :raises Refusal: ``unknown-account``, ``supply-exceeded``.
    """
    actor, turn = _in_turn(session, actor, Permission.TOKEN_ISSUE)
    payee = _find(session, turn, to, "#/to")
    return _write(session, actor, turn, lambda: issue_entry(_key(payee), amount), payee, reason=reason)


def transfer(
    session: Session, actor: Actor, *, source: str | None, to: str, amount: int, reason: str | None
) -> TokenEntry:
    """Move tokens from an account that is the actor's to move from.

    :param source: names it; None is the actor's main account.
    :raises Refusal: ``unknown-account``, ``not-your-account``, ``not-available``, ``invalid-entry`` where both are
        one account.
    """
    actor, turn, payer = _own(session, actor, source)
    payee = _find(session, turn, to, "#/to")
    return _write(
        session,
        actor,
        turn,
        lambda: transfer_entry(_key(payer), _key(payee), amount),
        payer,
        payee,
        reason=reason,
    )


def burn(session: Session, actor: Actor, *, source: str, amount: int, reason: str) -> TokenEntry:
    """Destroy tokens of any account, for a reason that its owner reads in the statement.

    :raises Refusal: ``unknown-account``, ``not-available``.
    """
    actor, turn = _in_turn(session, actor, Permission.TOKEN_BURN)
    payer = _find(session, turn, source, "#/from")
    return _write(session, actor, turn, lambda: burn_entry(_key(payer), amount), payer, reason=reason)


def burn_own(
    session: Session, actor: Actor, *, source: str | None, amount: int, reason: str | None
) -> TokenEntry:
    """Destroy tokens of an account that is the actor's to move from.

    :raises Refusal: ``unknown-account``, ``not-your-account``, ``not-available``.
    """
    actor, turn, payer = _own(session, actor, source)
    return _write(session, actor, turn, lambda: burn_entry(_key(payer), amount), payer, reason=reason)


def vest(
    session: Session,
    actor: Actor,
    *,
    source: str | None,
    to: str,
    schedule: VestingSchedule,
    reason: str | None,
) -> TokenEntry:
    """Move tokens from an account of the treasury's, or issue them, to vest where they go.

    :param source: names the treasury's account; None issues them.
    :raises Refusal: ``unknown-account``, ``not-your-account``, ``not-available``, ``supply-exceeded``,
        ``invalid-entry``.
    """
    actor, turn = _in_turn(session, actor, Permission.TOKEN_ISSUE)
    payee = _find(session, turn, to, "#/to")
    payer = None if source is None else _find(session, turn, source, "#/from")
    if payer is not None and payer.owner != AccountOwner.TREASURY:
        raise refuse(
            "not-your-account", "Tokens vest out of the supply or out of an account of the treasury's."
        )
    involved = [payee] if payer is None else [payer, payee]
    return _write(
        session,
        actor,
        turn,
        lambda: vest_entry(SUPPLY if payer is None else _key(payer), _key(payee), schedule),
        *involved,
        reason=reason,
    )


def lock(
    session: Session,
    actor: Actor,
    *,
    account: str | None,
    amount: int,
    until: dt.datetime,
    reason: str | None,
) -> TokenEntry:
    """Keep tokens of an account that is the actor's to move from where they are, until an instant.

    :raises Refusal: ``unknown-account``, ``not-your-account``, ``not-available``, ``invalid-entry`` for an instant
        that does not lie ahead.
    """
    actor, turn, held = _own(session, actor, account)
    if until <= turn.at:
        raise refuse("invalid-entry", errors=[("#/until", "does not lie ahead")])
    return _write(
        session, actor, turn, lambda: lock_entry(_key(held), Lock(amount, until)), held, reason=reason
    )


def _in_turn(session: Session, actor: Actor, permission: Permission) -> tuple[Actor, Turn]:
    """Take the community's turn, then ask again what the actor may do: roles may have changed meanwhile."""
    assert actor.community_id is not None  # noqa: S101 - the edge resolved the community
    turn = take_turn(session, actor.community_id)
    actor, _ = lock_roles(session, actor, permission)
    return actor, turn


def _own(session: Session, actor: Actor, name: str | None) -> tuple[Actor, Turn, TokenAccount]:
    """Take the turn of an actor who spends from an account that must be theirs; None names their main one.

    :raises Refusal: ``unknown-account``; ``not-your-account``.
    """
    assert actor.community_id is not None  # noqa: S101 - the edge resolved the community
    turn = take_turn(session, actor.community_id)
    if name is None:
        own = main_account(session, session.get_one(Membership, actor.membership_id), turn.at)
        return actor, turn, own
    account = _find(session, turn, name, "#/from")
    if account.owner == AccountOwner.TREASURY:
        actor, _ = lock_roles(session, actor, Permission.TOKEN_TRANSFER)
        actor = dataclasses.replace(actor, role_used=Role.BRAND_OWNER)
    if not may_spend(actor, account):
        raise refuse("not-your-account")
    return actor, turn, account


def _find(session: Session, turn: Turn, name: str, pointer: str) -> TokenAccount:
    return find(session, turn.supply.community_id, name, turn.at, pointer=pointer)


def _key(account: TokenAccount) -> str:
    """Name an account for the domain; no id is the name of the supply."""
    return str(account.id)


def _write(
    session: Session,
    actor: Actor,
    turn: Turn,
    make: Callable[[], Entry],
    *accounts: TokenAccount,
    reason: str | None,
) -> TokenEntry:
    try:
        entry = make()
    except InvalidEntry as invalid:
        raise refuse("invalid-entry", f"{str(invalid).capitalize()}.") from None
    by_key = {_key(account): account for account in accounts}
    posted = post(session, actor, turn, entry, accounts=by_key, reason=reason)
    record(
        session,
        actor,
        ACTIONS[entry.kind],
        ("token_entry", posted.position),
        _content(turn, entry, reason),
        at=turn.at,
    )
    return posted


def _content(turn: Turn, entry: Entry, reason: str | None) -> dict[str, Any]:
    """Return what the audit entry commits to: accounts by id, amounts as text."""
    content: dict[str, Any] = {
        "amount": str(entry.amount),
        "postings": [
            {"account": str(turn.supply.id) if name == SUPPLY else name, "amount": str(amount)}
            for name, amount in entry.postings
        ],
        "reason": reason,
    }
    if entry.schedule is not None:
        content["schedule"] = {
            "starts_at": instant(entry.schedule.starts_at),
            "duration": entry.schedule.duration,
            "cliff": entry.schedule.cliff,
        }
    if entry.lock is not None:
        content["lock"] = {"account": entry.account, "until": instant(entry.lock.until)}
    return content
