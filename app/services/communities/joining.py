"""Joining and leaving: open joining, invitations, and the last brand owner who must stay."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import secrets
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from app.db.clock import database_now
from app.domain.errors import refuse
from app.models.communities import Community, Invitation, Membership, MembershipRole
from app.models.identity import Account
from app.models.ids import random_id, resource_id
from app.policies.permissions import Actor, Permission, Role
from app.services.access import enter
from app.services.audit import Action, record
from app.services.charters import acceptance
from app.services.charters.versions import number_in_force
from app.services.delegations import revoking
from app.services.groups import joining as groups


def join(
    session: Session,
    actor: Actor,
    community_id: uuid.UUID,
    code: str | None,
    charter_version: int | None = None,
) -> Membership:
    """Become a member: with an invitation's code, or without where joining is open.

    Joining accepts the charter version in force.

    :param code: the invitation code as handed out, or None.
    :param charter_version: the version that the person was shown; None stands for the one in force.
    :raises Refusal: ``not-found`` for an unknown community, and for one joined by invitation only when no code
        is sent (strangers learn nothing); ``invalid-invitation``; ``already-member``; ``charter-superseded``.
    """
    now = database_now(session)
    community = session.get(Community, community_id)
    if community is None or (code is None and not community.open_joining):
        raise refuse("not-found")
    role = Role.MEMBER if code is None else _redeem(session, community_id, code, now)
    in_force = number_in_force(session, community_id)
    acceptance.require_in_force(in_force, charter_version)
    membership = admit(session, community_id, actor, role, now)
    acceptance.note(session, membership.id, in_force, now)
    inside = dataclasses.replace(
        actor,
        community_id=community_id,
        membership_id=membership.id,
        reference=membership.reference,
        role_used=None,
    )
    record(
        session,
        inside,
        Action.MEMBER_JOINED,
        ("membership", membership.id),
        {"role": role.value, "by_invitation": code is not None, "charter_version": in_force},
        at=now,
    )
    return membership


def admit(
    session: Session, community_id: uuid.UUID, actor: Actor, role: Role, now: dt.datetime
) -> Membership:
    """Make the account an active member with one role; a former member returns under their old reference.

    :raises Refusal: ``already-member``.
    """
    membership = session.scalar(
        sa.select(Membership)
        .where(Membership.community_id == community_id, Membership.account_id == actor.account_id)
        .options(selectinload(Membership.roles))
        .with_for_update(of=Membership)
    )
    if membership is not None and membership.left_at is None:
        raise refuse("already-member")
    if membership is None:
        account = session.get_one(Account, actor.account_id)
        membership = Membership(
            id=resource_id(),
            community_id=community_id,
            account_id=account.id,
            reference=str(random_id()),
            display_name=account.display_name,
            roles=[],
        )
        session.add(membership)
    membership.joined_at = now
    membership.left_at = None
    membership.roles.append(MembershipRole(role=role.value, granted_at=now))
    session.flush()  # a race to join twice ends here, at the unique constraint
    return membership


def leave(session: Session, actor: Actor) -> None:
    """End the actor's own membership. Their votes stay counted; their row stays in rolls already frozen.

    Delegations they gave or received end with it, also for ballots that are still open, and so does their part in
    every group.

    :raises Refusal: ``last-brand-owner``; ``not-found`` for whoever has left meanwhile.
    """
    actor, _ = lock_roles(session, actor, Permission.MEMBERSHIP_LEAVE)
    part(session, actor)


def part(session: Session, actor: Actor) -> None:
    """End the membership of an actor inside their community; the caller holds the community's roles locked.

    :raises Refusal: ``last-brand-owner``.
    """
    assert actor.community_id is not None  # noqa: S101 - the actor is inside
    membership = session.scalars(
        sa.select(Membership)
        .where(Membership.id == actor.membership_id)
        .options(selectinload(Membership.roles))
        # Before what hangs on it, as whoever gives them a delegation or lets them into a group locks it.
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one()
    now = database_now(session)
    if any(r.role == Role.BRAND_OWNER for r in membership.roles):
        refuse_last_brand_owner(session, actor.community_id)
        void_raising_invitations(session, actor.community_id, now)
    revoking.end_by_leaving(session, actor)
    groups.leave_all(session, actor)
    membership.left_at = now
    membership.roles.clear()
    session.flush()
    record(session, actor, Action.MEMBER_LEFT, ("membership", membership.id), at=now)


def lock_roles(session: Session, actor: Actor, permission: Permission) -> tuple[Actor, uuid.UUID]:
    """Queue behind every other change of roles in the actor's community, then ask again what the actor may do.

    Whoever had the lock before may have taken from this actor the role by which they were let in.

    :param permission: what the use case asks for, as its operation does.
    :return: the actor with the roles held now, and their community's id.
    :raises Refusal: as :func:`app.services.access.enter`.
    """
    assert actor.community_id is not None  # noqa: S101 - the edge resolved the community
    session.execute(sa.select(Community.id).where(Community.id == actor.community_id).with_for_update())
    return enter(session, actor, actor.community_id, permission), actor.community_id


def share_roles(session: Session, actor: Actor, permission: Permission) -> tuple[Actor, uuid.UUID]:
    """Keep every membership and role of the actor's community as it is, then ask again what the actor may do.

    Others may do so at the same time; whoever changes roles waits for all of them.

    :param permission: what the use case asks for, as its operation does.
    :return: the actor with the roles held now, and their community's id.
    :raises Refusal: as :func:`app.services.access.enter`.
    """
    assert actor.community_id is not None  # noqa: S101 - the edge resolved the community
    session.execute(
        sa.select(Community.id).where(Community.id == actor.community_id).with_for_update(read=True)
    )
    return enter(session, actor, actor.community_id, permission), actor.community_id


def refuse_last_brand_owner(session: Session, community_id: uuid.UUID) -> None:
    """Refuse to go below one brand owner; the caller holds :func:`lock_roles`.

    :raises Refusal: ``last-brand-owner``.
    """
    owners = session.execute(
        sa.select(sa.func.count())
        .select_from(MembershipRole)
        .join(Membership, Membership.id == MembershipRole.membership_id)
        .where(
            Membership.community_id == community_id,
            Membership.left_at.is_(None),
            MembershipRole.role == Role.BRAND_OWNER.value,
        )
    ).scalar_one()
    if owners <= 1:
        raise refuse("last-brand-owner")


def void_raising_invitations(session: Session, community_id: uuid.UUID, now: dt.datetime) -> None:
    """Revoke every open invitation into another role than member, because an owner lost the power to make them.

    A code kept back must not bring its maker, or a friend, into a role that nobody gives them any more.
    """
    session.execute(
        sa.update(Invitation)
        .where(
            Invitation.community_id == community_id,
            Invitation.role != Role.MEMBER.value,
            Invitation.revoked_at.is_(None),
        )
        .values(revoked_at=now)
        .execution_options(synchronize_session=False)
    )


def invite(
    session: Session, actor: Actor, *, role: Role, max_uses: int, expires_in: dt.timedelta
) -> tuple[Invitation, str]:
    """Make an invitation and return it with its code, which is shown this once.

    :param role: what whoever uses it becomes. Only a brand owner may invite into another role than member.
    :param max_uses: 1 to 1,000,000.
    :raises Refusal: ``forbidden``.
    """
    if role is not Role.MEMBER:
        # A revocation voids the raising invitations it finds: none may slip past it.
        actor, _ = lock_roles(session, actor, Permission.INVITATION_CREATE)
        if Role.BRAND_OWNER not in actor.roles:
            raise refuse("forbidden", f"Only a brand owner may invite a {role.value}.")
    assert actor.community_id is not None  # noqa: S101 - the edge resolved the community
    now = database_now(session)
    code = secrets.token_urlsafe(24)
    invitation = Invitation(
        community_id=actor.community_id,
        code_hash=_hash(code),
        role=role.value,
        max_uses=max_uses,
        created_at=now,
        expires_at=now + expires_in,
    )
    session.add(invitation)
    session.flush()
    content = {"role": role.value, "max_uses": max_uses}
    record(session, actor, Action.INVITATION_CREATED, ("invitation", invitation.id), content, at=now)
    return invitation, code


def invitations(actor: Actor) -> sa.Select[Invitation]:
    """Select the community's invitations."""
    return sa.select(Invitation).where(Invitation.community_id == actor.community_id)


def revoke_invitation(session: Session, actor: Actor, invitation_id: uuid.UUID) -> None:
    """Revoke an invitation; doing so again changes nothing.

    :raises Refusal: ``not-found``.
    """
    invitation = session.scalar(invitations(actor).where(Invitation.id == invitation_id).with_for_update())
    if invitation is None or invitation.revoked_at is not None:
        raise refuse("not-found")
    now = database_now(session)
    invitation.revoked_at = now
    session.flush()
    record(session, actor, Action.INVITATION_REVOKED, ("invitation", invitation.id), at=now)


def _redeem(session: Session, community_id: uuid.UUID, code: str, now: dt.datetime) -> Role:
    """Use an invitation once, atomically."""
    used = session.scalar(
        sa.update(Invitation)
        .where(
            Invitation.community_id == community_id,
            Invitation.code_hash == _hash(code),
            Invitation.revoked_at.is_(None),
            Invitation.expires_at > now,
            Invitation.uses < Invitation.max_uses,
        )
        .values(uses=Invitation.uses + 1)
        .returning(Invitation.role)
        .execution_options(synchronize_session=False)
    )
    if used is None:
        raise refuse("invalid-invitation")
    return Role(used)


def _hash(code: str) -> bytes:
    """Digest a code. It has 192 random bits: a plain digest cannot be guessed back."""
    return hashlib.sha256(code.encode()).digest()
