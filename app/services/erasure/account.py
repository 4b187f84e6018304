"""Erasing an account: every membership it has or had, its sessions, and then the account itself."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.clock import database_now
from app.domain.erasure import Erasable, Ground
from app.domain.errors import refuse
from app.models.communities import Membership
from app.models.idempotency import IdempotencyRecord
from app.models.identity import Account, RefreshToken, SignInAttempt, SignInSession
from app.policies.permissions import Actor
from app.services.access import steps_due
from app.services.audit import SERVICE, Action, record
from app.services.erasure import membership as memberships
from app.services.identity.accounts import own_account
from app.services.identity.provider import IdentityProvider
from app.services.identity.sessions import Proof, prove, recognise, still_matches


@dataclass(frozen=True, slots=True)
class Asked:
    """That somebody asked for their erasure and named a password, compared before the transaction that erases."""

    proof: Proof


def ask(session: Session, actor: Actor, *, password: str, provider: IdentityProvider) -> Asked:
    """Compare the password of the actor's own account. Writes nothing, and takes as long as one hash.

    :param session: of a reading unit of work of its own; see :func:`app.services.identity.sessions.prove`.
    :raises Refusal: ``invalid-token`` or ``too-many-attempts``, before any work is done.
    """
    account = own_account(session, recognise(session, actor))
    return Asked(prove(session, email=account.email, password=password, provider=provider))


def communities_with_steps_due(session: Session, actor: Actor) -> list[uuid.UUID]:
    """Return the communities in which the clock's steps are to be taken before the actor's account leaves them."""
    found = session.scalars(
        sa.select(Membership.community_id).where(Membership.account_id == actor.account_id)
    ).all()
    return [each for each in found if session.scalar(sa.select(sa.or_(*steps_due(each))))]


def require_password(session: Session, actor: Actor, asked: Asked, provider: IdentityProvider) -> Account:
    """Return the actor's own account, its row locked, where the password was right and still is.

    A wrong one counts like a failed sign-in, so a stolen access token is no way to guess it.

    :raises Refusal: ``invalid-credentials`` (its effects stand), ``too-many-attempts`` or ``invalid-token``.
    """
    now = database_now(session)
    digest = asked.proof.digest
    if not asked.proof.matched:
        raise provider.attempts.count_failure(session, digest, now)
    provider.attempts.require_room(session, digest, now, lock=True)
    account = session.scalars(
        sa.select(Account).where(Account.id == actor.account_id).with_for_update()
    ).one_or_none()
    if account is None:
        raise refuse("invalid-token", "The account no longer exists.")
    if not still_matches(account.password_hash, asked.proof, provider):
        raise provider.attempts.count_failure(session, digest, now)
    provider.attempts.forget(session, digest)
    return account


def erase_own(session: Session, actor: Actor, asked: Asked, provider: IdentityProvider) -> None:
    """Erase the actor's own account.

    :raises Refusal: as :func:`require_password`; ``last-brand-owner``, and then nothing is erased.
    """
    account = require_password(session, actor, asked, provider)
    _erase(session, actor, account, Ground.OWN_REQUEST, asked.proof.digest)
    memberships.note(session, Erasable.ACCOUNT, account.id, Ground.OWN_REQUEST)


def erase(
    session: Session,
    account_id: uuid.UUID,
    ground: Ground,
    provider: IdentityProvider,
    *,
    noted: bool = True,
) -> bool:
    """Erase somebody's account as whoever runs the service; False where there is none.

    :param noted: write down that it was done; else the caller does.
    :raises Refusal: ``last-brand-owner``.
    """
    account = session.scalars(
        sa.select(Account).where(Account.id == account_id).with_for_update()
    ).one_or_none()
    if account is None:
        return False
    _erase(session, SERVICE, account, ground, provider.attempts.digest(account.email))
    if noted:
        memberships.note(session, Erasable.ACCOUNT, account_id, ground)
    return True


def _erase(session: Session, actor: Actor, account: Account, ground: Ground, digest: bytes) -> None:
    """Erase an account whose row is locked.

    :param digest: under which wrong passwords for its address are counted.
    """
    found = session.scalars(
        sa.select(Membership).where(Membership.account_id == account.id).order_by(Membership.community_id)
    ).all()
    for each in found:
        member = memberships.as_themselves(session, actor, each)
        memberships.erase(session, member, each, ground)
    reference, now = account.reference, database_now(session)
    _forget(session, account, digest)
    content = {"ground": ground.value, "memberships": len(found)}
    record(session, actor, Action.ACCOUNT_ERASED, ("account", reference), content, at=now)


def _forget(session: Session, account: Account, digest: bytes) -> None:
    sessions = sa.select(SignInSession.id).where(SignInSession.account_id == account.id)
    session.execute(sa.delete(RefreshToken).where(RefreshToken.session_id.in_(sessions)))
    session.execute(sa.delete(SignInSession).where(SignInSession.account_id == account.id))
    session.execute(sa.delete(SignInAttempt).where(SignInAttempt.email_digest == digest))
    session.execute(sa.delete(IdempotencyRecord).where(IdempotencyRecord.actor == str(account.id)))
    session.delete(account)
    session.flush()
