"""Token accounts: whose they are, by what they are called, and giving one that is nobody's to a member."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.charter.powers import Power
from app.domain.errors import refuse
from app.domain.ledger import SUPPLY
from app.domain.ledger.accounts import AccountOwner
from app.models.communities import Membership
from app.models.tokens import TokenAccount
from app.policies.permissions import Actor, Permission, Role, allows
from app.services.audit import Action, record
from app.services.communities.joining import lock_roles
from app.services.tokens.turns import take_turn


def visible_to(actor: Actor) -> sa.Select[TokenAccount]:
    """Select the accounts that the actor may see: their own; all but the supply for whoever reads them all."""
    statement = sa.select(TokenAccount).where(
        TokenAccount.community_id == actor.community_id, TokenAccount.owner != AccountOwner.SUPPLY.value
    )
    if allows(Permission.TOKEN_READ_ALL, actor):
        return statement
    return statement.where(TokenAccount.membership_id == actor.membership_id)


def listed(
    actor: Actor,
    *,
    owner: AccountOwner | None,
    membership_id: uuid.UUID | None,
    name: str | None,
    minimum: int,
) -> sa.Select[TokenAccount]:
    """Select the visible accounts that fit; None leaves a fact open.

    :param minimum: what they hold at least, in minor units.
    """
    conditions = [
        column == value
        for column, value in (
            (TokenAccount.owner, owner),
            (TokenAccount.membership_id, membership_id),
            (TokenAccount.name, name),
        )
        if value is not None
    ]
    return visible_to(actor).where(*conditions, TokenAccount.balance >= minimum)


def read(session: Session, actor: Actor, account_id: uuid.UUID) -> TokenAccount:
    """Return an account.

    :raises Refusal: ``not-found``.
    """
    account = session.scalar(
        visible_to(actor).where(TokenAccount.id == account_id).execution_options(populate_existing=True)
    )
    if account is None:
        raise refuse("not-found")
    return account


def create(
    session: Session, actor: Actor, name: str, owner: AccountOwner, membership_id: uuid.UUID | None
) -> TokenAccount:
    """Make an account: the treasury's, a further one of a member's, or one that is nobody's yet.

    :param name: one line of 1 to 128 characters, not used by another account of the community.
    :param membership_id: of an active member, for their account and for no other.
    :raises Refusal: ``account-name-taken``, also for a name that stands for a member; ``not-found`` for a member
        who is none; ``invalid-entry`` where owner and member do not go together.
    """
    assert actor.community_id is not None  # noqa: S101 - the edge resolved the community
    turn = take_turn(session, actor.community_id)
    actor, community_id = lock_roles(session, actor, Permission.TOKEN_ISSUE)
    if owner is AccountOwner.SUPPLY or (owner is AccountOwner.MEMBER) != (membership_id is not None):
        raise refuse(
            "invalid-entry",
            "An account is the treasury's, nobody's, or that of the member it names.",
            errors=[("#/membership_id", "for a member's account, and for no other")],
        )
    taken = (
        _named(session, community_id, name) is not None or _member(session, community_id, name) is not None
    )
    if taken or name == SUPPLY:
        raise refuse("account-name-taken", errors=[("#/name", "not free in this community")])
    if membership_id is not None:
        _require_member(session, community_id, membership_id)
    account = _add(session, community_id, name, turn.at, owner=owner, membership_id=membership_id)
    content = {"owner": owner.value, "membership": None if membership_id is None else str(membership_id)}
    record(session, actor, Action.TOKEN_ACCOUNT_CREATED, ("token_account", account.id), content, at=turn.at)
    return account


def assign(session: Session, actor: Actor, account_id: uuid.UUID, membership_id: uuid.UUID) -> TokenAccount:
    """Give an account that is nobody's to a member, once and for good.

    :raises Refusal: ``not-found`` for an unknown account and for whoever is no active member;
        ``account-assigned``.
    """
    assert actor.community_id is not None  # noqa: S101 - the edge resolved the community
    turn = take_turn(session, actor.community_id)
    actor, community_id = lock_roles(session, actor, Permission.TOKEN_ISSUE)
    account = read(session, actor, account_id)
    if account.owner != AccountOwner.NOBODY:
        raise refuse("account-assigned", f'"{account.name}" belongs to a {account.owner}.')
    _require_member(session, community_id, membership_id)
    account.owner, account.membership_id = AccountOwner.MEMBER.value, membership_id
    session.flush()
    record(
        session,
        actor,
        Action.TOKEN_ACCOUNT_ASSIGNED,
        ("token_account", account.id),
        {"membership": str(membership_id), "balance": str(account.balance)},
        at=turn.at,
    )
    return account


def find(
    session: Session, community_id: uuid.UUID, name: str, at: dt.datetime, *, pointer: str
) -> TokenAccount:
    """Return the account that a request names; a member's main account is made where there is none yet.

    An account is called by its name or its id; a member's main account also by the member's id or reference, which
    is its name. Names come first. The caller holds the community's turn.

    :param pointer: to where the request names it.
    :raises Refusal: ``unknown-account``; so for the supply, which no request names, and for members who have left
        and hold no account.
    """
    account = _named(session, community_id, name) or _identified(session, community_id, name)
    if account is not None and account.owner != AccountOwner.SUPPLY:
        return account
    member = None if account is not None else _member(session, community_id, name)
    if member is None:
        raise refuse("unknown-account", errors=[(pointer, "names neither an account nor a member")])
    return main_account(session, member, at)


def main_account(session: Session, membership: Membership, at: dt.datetime) -> TokenAccount:
    """Return the account under a member's own reference, which is made when first needed."""
    found = _named(session, membership.community_id, membership.reference)
    return found or _add(
        session,
        membership.community_id,
        membership.reference,
        at,
        owner=AccountOwner.MEMBER,
        membership_id=membership.id,
    )


def may_spend(actor: Actor, account: TokenAccount) -> bool:
    """Say whether an account is the actor's to move tokens from: their own, or for a brand owner the treasury's."""
    if account.owner == AccountOwner.TREASURY:
        # As brand owner: another role's power to move its own tokens reaches no treasury.
        given = actor.powers.get(Role.BRAND_OWNER, frozenset())
        return Role.BRAND_OWNER in actor.roles and Power.TOKEN_TRANSFER in given
    return account.membership_id is not None and account.membership_id == actor.membership_id


def _named(session: Session, community_id: uuid.UUID, name: str) -> TokenAccount | None:
    return session.scalar(
        sa.select(TokenAccount)
        .where(TokenAccount.community_id == community_id, TokenAccount.name == name)
        .execution_options(populate_existing=True)
    )


def _identified(session: Session, community_id: uuid.UUID, name: str) -> TokenAccount | None:
    account_id = _uuid(name)
    if account_id is None:
        return None
    return session.scalar(
        sa.select(TokenAccount)
        .where(TokenAccount.community_id == community_id, TokenAccount.id == account_id)
        .execution_options(populate_existing=True)
    )


def _member(session: Session, community_id: uuid.UUID, name: str) -> Membership | None:
    """Return the active member whom a name stands for, by id or reference."""
    membership_id = _uuid(name)
    if membership_id is None:
        return None
    return session.scalar(
        sa.select(Membership).where(
            Membership.community_id == community_id,
            Membership.left_at.is_(None),
            sa.or_(Membership.id == membership_id, Membership.reference == str(membership_id)),
        )
    )


def _require_member(session: Session, community_id: uuid.UUID, membership_id: uuid.UUID) -> None:
    member = _member(session, community_id, str(membership_id))
    if member is None or member.id != membership_id:
        raise refuse("not-found", "There is no such member here.")


def _uuid(text: str) -> uuid.UUID | None:
    """Read a UUID in its canonical form, of either case."""
    try:
        found = uuid.UUID(text)
    except ValueError:
        return None
    return found if str(found) == text.lower() else None


def _add(
    session: Session,
    community_id: uuid.UUID,
    name: str,
    at: dt.datetime,
    *,
    owner: AccountOwner,
    membership_id: uuid.UUID | None,
) -> TokenAccount:
    account = TokenAccount(
        community_id=community_id, name=name, owner=owner.value, membership_id=membership_id, created_at=at
    )
    session.add(account)
    session.flush()
    return account
