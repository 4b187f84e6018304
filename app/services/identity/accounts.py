"""Accounts: registering, reading and changing one's own, its password, and the copy a person may ask for."""

from __future__ import annotations

import dataclasses
import unicodedata
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.clock import database_now
from app.domain.errors import refuse
from app.models.communities import Membership, MembershipRole
from app.models.delegations import Delegation
from app.models.groups import GroupMember
from app.models.identity import Account, SignInSession
from app.policies.permissions import Actor
from app.services import audit
from app.services.identity.provider import IdentityProvider
from app.services.identity.sessions import (
    Proof,
    SignedIn,
    prove,
    recognise,
    revoke_others,
    start,
    still_matches,
)


def normalise_email(address: str) -> str:
    """Return the one spelling under which an address is kept and compared: stripped, lower case, NFC.

    Local parts are case-sensitive by RFC 5321 section 2.4, and nobody's mail system treats them so.
    """
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", address.strip()).lower())


def register(
    session: Session,
    actor: Actor,
    *,
    email: str,
    password: str,
    display_name: str,
    provider: IdentityProvider,
) -> tuple[Account, SignedIn]:
    """Create an account and sign it in.

    :param actor: the visitor.
    :param email: any spelling, at most 254 characters.
    :param password: 12 to 1,024 characters.
    :param display_name: 1 to 200 characters.
    :raises Refusal: ``email-taken``. This tells a stranger that the address has an account; see
        docs/decisions/0002-tokens.md.
    """
    # Before the first statement: on SQLite that statement takes the write lock, and hashing is slow.
    password_hash = provider.passwords.hash(password)
    now = database_now(session)
    email = normalise_email(email)
    if session.scalar(sa.select(Account.id).where(Account.email == email)) is not None:
        raise refuse("email-taken", errors=[("#/email", "An account with this address exists.")])
    account = Account(
        email=email,
        display_name=unicodedata.normalize("NFC", display_name),
        password_hash=password_hash,
        created_at=now,
    )
    session.add(account)
    session.flush()  # a race for the address ends here, at the unique constraint
    signed_in = start(session, account.id, provider, now)
    newcomer = dataclasses.replace(actor, account_id=account.id, reference=account.reference)
    content = {"account": account.reference, "session": str(signed_in.session_id)}
    audit.record(
        session, newcomer, audit.Action.ACCOUNT_REGISTERED, ("account", account.reference), content, at=now
    )
    return account, signed_in


def own_account(session: Session, actor: Actor) -> Account:
    """Return the account of a signed-in actor.

    :raises Refusal: ``invalid-token`` when it no longer exists.
    """
    account = session.get(Account, actor.account_id)
    if account is None:
        raise refuse("invalid-token", "The account no longer exists.")
    return account


def rename(session: Session, actor: Actor, account: Account, display_name: str) -> Account:
    """Change the actor's own display name; the account's version rises when it differs.

    :param display_name: 1 to 200 characters.
    :raises sqlalchemy.orm.exc.StaleDataError: when another edit came between.
    """
    display_name = unicodedata.normalize("NFC", display_name)
    if account.display_name != display_name:
        account.display_name = display_name
        session.flush()
        content = {"fields": ["display_name"]}
        audit.record(session, actor, audit.Action.ACCOUNT_UPDATED, ("account", account.reference), content)
    return account


@dataclass(frozen=True, slots=True)
class NewPassword:
    """What came of comparing the present password, and the hash of the one to replace it (None: no match)."""

    proof: Proof
    password_hash: str | None = field(repr=False)


def prepare_new_password(
    session: Session, actor: Actor, *, current_password: str, new_password: str, provider: IdentityProvider
) -> NewPassword:
    """Compare the present password and hash the new one. Writes nothing, and takes as long as two hashes.

    :param session: of a reading unit of work of its own; see :func:`app.services.identity.sessions.prove`.
    :raises Refusal: ``invalid-token`` or ``too-many-attempts``, before any work is done.
    """
    account = own_account(session, recognise(session, actor))
    proof = prove(session, email=account.email, password=current_password, provider=provider)
    return NewPassword(proof, provider.passwords.hash(new_password) if proof.matched else None)


def change_password(session: Session, actor: Actor, new: NewPassword, provider: IdentityProvider) -> None:
    """Replace the actor's own password and end every other session of the account.

    A wrong present password counts like a failed sign-in, so a stolen access token is no way to guess it.

    :raises Refusal: ``invalid-credentials`` (its effects stand) or ``too-many-attempts``.
    """
    now = database_now(session)
    digest = new.proof.digest
    if new.password_hash is None:
        raise provider.attempts.count_failure(session, digest, now)
    provider.attempts.require_room(session, digest, now, lock=True)
    found = session.execute(
        sa.select(Account.reference, Account.password_hash)
        .where(Account.id == actor.account_id)
        .with_for_update(key_share=True)
    ).one_or_none()
    if found is None:
        raise refuse("invalid-token", "The account no longer exists.")
    if not still_matches(found.password_hash, new.proof, provider):
        raise provider.attempts.count_failure(session, digest, now)
    provider.attempts.forget(session, digest)
    # Not through the mapper: the version counts what the account shows.
    session.execute(
        sa.update(Account)
        .where(Account.id == actor.account_id)
        .values(password_hash=new.password_hash)
        .execution_options(synchronize_session=False)
    )
    ended = revoke_others(session, actor, now)
    content = {"sessions_ended": ended}
    audit.record(session, actor, audit.Action.PASSWORD_CHANGED, ("account", found.reference), content, at=now)


@dataclass(frozen=True, slots=True)
class OwnMembership:
    """A membership as its owner's copy shows it."""

    membership: Membership
    roles: Sequence[str]
    delegations_given: Sequence[Delegation]
    delegations_received: int
    groups: Sequence[GroupMember]


@dataclass(frozen=True, slots=True)
class PersonalData:
    """What the identity tables hold about one person (GDPR Articles 15 and 20)."""

    account: Account
    sessions: Sequence[SignInSession]
    memberships: Sequence[OwnMembership]


def export(session: Session, actor: Actor) -> PersonalData:
    """Collect what is kept about the actor: account, sessions, memberships with roles, trust and groups.

    Of the delegations that the actor received they get the number alone, ended ones included: who gave them is a
    fact about others.

    Password hashes and token digests are left out: they are the service's means, not facts about the person.
    """
    sessions = session.scalars(
        sa.select(SignInSession)
        .where(SignInSession.account_id == actor.account_id)
        .order_by(SignInSession.id)
    ).all()
    memberships = session.scalars(
        sa.select(Membership).where(Membership.account_id == actor.account_id).order_by(Membership.id)
    ).all()
    held: dict[object, list[str]] = {}
    roles = sa.select(MembershipRole.membership_id, MembershipRole.role).join(
        Membership, Membership.id == MembershipRole.membership_id
    )
    for membership_id, role in session.execute(
        roles.where(Membership.account_id == actor.account_id).order_by(MembershipRole.role)
    ):
        held.setdefault(membership_id, []).append(role)
    ids = [membership.id for membership in memberships]
    given, received = _delegations(session, ids)
    groups: dict[uuid.UUID, list[GroupMember]] = {}
    for each in session.scalars(
        sa.select(GroupMember).where(GroupMember.membership_id.in_(ids)).order_by(GroupMember.group_id)
    ):
        groups.setdefault(each.membership_id, []).append(each)
    return PersonalData(
        account=own_account(session, actor),
        sessions=sessions,
        memberships=[
            OwnMembership(
                m, held.get(m.id, []), given.get(m.id, []), received.get(m.id, 0), groups.get(m.id, [])
            )
            for m in memberships
        ],
    )


def _delegations(
    session: Session, memberships: Sequence[uuid.UUID]
) -> tuple[dict[uuid.UUID, list[Delegation]], dict[uuid.UUID, int]]:
    """Return by membership the delegations given, the oldest first, and how many were received."""
    given: dict[uuid.UUID, list[Delegation]] = {}
    for each in session.scalars(
        sa.select(Delegation).where(Delegation.delegator_id.in_(memberships)).order_by(Delegation.id)
    ):
        given.setdefault(each.delegator_id, []).append(each)
    received = session.execute(
        sa.select(Delegation.delegate_id, sa.func.count())
        .where(Delegation.delegate_id.in_(memberships))
        .group_by(Delegation.delegate_id)
    ).all()
    return given, {delegate: number for delegate, number in received if delegate is not None}
