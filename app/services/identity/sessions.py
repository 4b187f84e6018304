"""Sign-in sessions: beginning, refreshing, listing and ending them.

A session has one valid refresh token at a time. Refreshing spends it and makes its successor; a spent
token that comes again means that two parties hold the chain, so the session ends for both (RFC 9700
section 4.14.2).
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import secrets
import uuid
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.clock import database_clock, database_now
from app.domain.errors import refuse
from app.models.identity import Account, RefreshToken, SignInSession
from app.policies.permissions import Actor
from app.services import audit
from app.services.identity.provider import IdentityProvider


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What a client gets at sign-in and at each refresh; ``expires_in`` is the access token's, in seconds."""

    session_id: uuid.UUID
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in: int
    token_type: str = "Bearer"  # noqa: S105 - RFC 6750's name of the scheme


@dataclass(frozen=True, slots=True)
class Proof:
    """What came of comparing a password with an account's: made before the transaction that acts on it.

    ``stronger_hash`` is the password's hash at today's strength, when the kept one is weaker.
    """

    digest: bytes
    account_id: uuid.UUID | None
    compared_with: str | None = field(repr=False)
    password: str = field(repr=False)
    matched: bool
    stronger_hash: str | None = field(default=None, repr=False)


def prove(session: Session, *, email: str, password: str, provider: IdentityProvider) -> Proof:
    """Compare a password with the account of an address. Writes nothing.

    The comparison takes tens of milliseconds, so it belongs in a reading unit of work of its own: in the
    writing one it would hold SQLite's only write lock. Unknown addresses cost the same work as known ones.

    :param email: normalised.
    :raises Refusal: ``too-many-attempts``, before any work is done.
    """
    digest = provider.attempts.digest(email)
    provider.attempts.require_room(session, digest, database_now(session))
    found = session.execute(
        sa.select(Account.id, Account.password_hash).where(Account.email == email)
    ).one_or_none()
    account_id, kept = (None, None) if found is None else found
    matched = provider.passwords.matches(kept, password)
    stronger = None
    if matched and kept is not None and provider.passwords.is_outdated(kept):
        stronger = provider.passwords.hash(password)
    return Proof(digest, account_id, kept, password, matched, stronger)


def sign_in(session: Session, actor: Actor, proof: Proof, provider: IdentityProvider) -> SignedIn:
    """Begin a session for whoever proved to know the password.

    :param actor: the visitor.
    :raises Refusal: ``invalid-credentials`` (the counted failure stands) or ``too-many-attempts``.
    """
    now = database_now(session)
    if not proof.matched:
        raise provider.attempts.count_failure(session, proof.digest, now)
    provider.attempts.require_room(session, proof.digest, now, lock=True)
    account = session.scalars(
        sa.select(Account).where(Account.id == proof.account_id).with_for_update(key_share=True)
    ).one_or_none()
    if account is None or not still_matches(account.password_hash, proof, provider):
        raise provider.attempts.count_failure(session, proof.digest, now)
    provider.attempts.forget(session, proof.digest)
    if proof.stronger_hash is not None and account.password_hash == proof.compared_with:
        # Not through the mapper: the version counts what the account shows.
        session.execute(
            sa.update(Account)
            .where(Account.id == account.id)
            .values(password_hash=proof.stronger_hash)
            .execution_options(synchronize_session=False)
        )
    signed_in = start(session, account.id, provider, now)
    holder = _holder(actor, account.id, account.reference, signed_in.session_id)
    subject = ("session", signed_in.session_id)
    audit.record(session, holder, audit.Action.SESSION_STARTED, subject, at=now)
    return signed_in


def still_matches(kept: str | None, proof: Proof, provider: IdentityProvider) -> bool:
    """Say whether the proof holds for the hash that is kept now.

    It may have been replaced since: by a parallel sign-in that strengthened it, or by a new password.
    """
    return proof.matched and (kept == proof.compared_with or provider.passwords.matches(kept, proof.password))


def start(session: Session, account_id: uuid.UUID, provider: IdentityProvider, now: dt.datetime) -> SignedIn:
    """Begin a session and issue its first tokens. The caller records what it was part of."""
    begun = SignInSession(account_id=account_id, created_at=now, expires_at=now + provider.session_lifetime)
    session.add(begun)
    session.flush()
    return _issue(session, begun, provider, now)


def refresh(session: Session, actor: Actor, refresh_token: str, provider: IdentityProvider) -> SignedIn:
    """Spend a refresh token and return new tokens for its session.

    Of parallel requests with one token exactly one gets tokens. Any second use ends the session, also the
    retry of a client that lost the answer: it cannot be told from a thief, so its user signs in again.

    :param actor: whoever sent the request.
    :raises Refusal: ``invalid-refresh-token``, whatever is wrong; after a second use its effects stand.
    """
    token = session.execute(
        sa.select(RefreshToken.id, RefreshToken.session_id).where(
            RefreshToken.token_hash == _digest(refresh_token)
        )
    ).one_or_none()
    if token is None:
        raise refuse("invalid-refresh-token")
    # The session's row is the lock: for other refreshes, sign-out and a change of password alike.
    living = session.scalars(
        sa.select(SignInSession).where(SignInSession.id == token.session_id).with_for_update(key_share=True)
    ).one()
    now = database_now(session)
    if living.revoked_at is not None or living.expires_at <= now:
        raise refuse("invalid-refresh-token")
    reference = session.scalars(sa.select(Account.reference).where(Account.id == living.account_id)).one()
    spent = session.execute(
        sa.update(RefreshToken)
        .where(RefreshToken.id == token.id, RefreshToken.used_at.is_(None))
        .values(used_at=now)
        .returning(RefreshToken.id)
    ).one_or_none()
    holder, subject = _holder(actor, living.account_id, reference, living.id), ("session", living.id)
    if spent is None:
        living.revoked_at = now
        audit.record(session, holder, audit.Action.SESSION_REUSE_DETECTED, subject, at=now)
        raise refuse("invalid-refresh-token", effects_stand=True)
    audit.record(session, holder, audit.Action.SESSION_REFRESHED, subject, at=now)
    return _issue(session, living, provider, now)


def recognise(session: Session, actor: Actor) -> Actor:
    """Return a signed-in actor with the reference under which the audit log knows the account.

    :param actor: account and session as a verified access token names them.
    :raises Refusal: ``invalid-token`` when the session was revoked, has ended or is another account's.
    """
    reference = session.scalar(
        sa.select(Account.reference)
        .join(SignInSession, SignInSession.account_id == Account.id)
        .where(Account.id == actor.account_id, SignInSession.id == actor.session_id, *_living())
    )
    if reference is None:
        raise refuse("invalid-token", "The session was signed out or has ended.")
    return dataclasses.replace(actor, reference=reference)


def own_sessions(actor: Actor) -> sa.Select[SignInSession]:
    """Select the actor's living sessions; the caller pages by ``id``."""
    return sa.select(SignInSession).where(SignInSession.account_id == actor.account_id, *_living())


def revoke(session: Session, actor: Actor, session_id: uuid.UUID) -> None:
    """End one of the actor's own sessions, the present one included: its tokens fail from the next request.

    :raises Refusal: ``not-found`` when no living session of the actor has that id.
    """
    now = database_now(session)
    ended = session.scalar(
        sa.update(SignInSession)
        .where(SignInSession.id == session_id, SignInSession.account_id == actor.account_id, *_living())
        .values(revoked_at=now)
        .returning(SignInSession.id)
        .execution_options(synchronize_session=False)
    )
    if ended is None:
        raise refuse("not-found", "You have no such session.")
    audit.record(session, actor, audit.Action.SESSION_REVOKED, ("session", session_id), at=now)


def revoke_others(session: Session, actor: Actor, now: dt.datetime) -> int:
    """End every session of the actor's account but the present one; return how many.

    The caller records what it was part of.
    """
    ended = session.scalars(
        sa.update(SignInSession)
        .where(SignInSession.account_id == actor.account_id, SignInSession.id != actor.session_id, *_living())
        .values(revoked_at=now)
        .returning(SignInSession.id)
        .execution_options(synchronize_session=False)
    ).all()
    return len(ended)


def _living() -> tuple[sa.ColumnElement[bool], ...]:
    return SignInSession.revoked_at.is_(None), SignInSession.expires_at > database_clock()


def _issue(session: Session, living: SignInSession, provider: IdentityProvider, now: dt.datetime) -> SignedIn:
    refresh_token = secrets.token_urlsafe(32)
    session.add(
        RefreshToken(
            session_id=living.id,
            token_hash=_digest(refresh_token),
            created_at=now,
            expires_at=living.expires_at,
        )
    )
    session.flush()
    return SignedIn(
        session_id=living.id,
        access_token=provider.tokens.issue(session, living.account_id, living.id, now),
        refresh_token=refresh_token,
        expires_in=provider.tokens.lifetime,
    )


def _digest(refresh_token: str) -> bytes:
    # 256 random bits need no slow hash: there is nothing to guess.
    return hashlib.sha256(refresh_token.encode()).digest()


def _holder(actor: Actor, account_id: uuid.UUID, reference: str, session_id: uuid.UUID) -> Actor:
    """Return a visitor as the person whose credentials they hold."""
    return dataclasses.replace(actor, account_id=account_id, session_id=session_id, reference=reference)
