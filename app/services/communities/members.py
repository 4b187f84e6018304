"""Members, their roles, and whose account was verified."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from app.db.clock import database_now
from app.domain.errors import refuse
from app.models.communities import Membership, MembershipRole
from app.policies.permissions import Actor, Permission, Role
from app.services.audit import Action, record
from app.services.communities.joining import lock_roles, refuse_last_brand_owner, void_raising_invitations


def visible_to(actor: Actor) -> sa.Select[Membership]:
    """Select the active memberships of the actor's community, with their roles."""
    return (
        sa.select(Membership)
        .where(Membership.community_id == actor.community_id, Membership.left_at.is_(None))
        .options(selectinload(Membership.roles))
    )


def read(session: Session, actor: Actor, membership_id: uuid.UUID | None) -> Membership:
    """Return one active membership of the actor's community; the actor's own for None.

    :raises Refusal: ``not-found``.
    """
    wanted = membership_id or actor.membership_id
    membership = session.scalar(
        visible_to(actor).where(Membership.id == wanted).execution_options(populate_existing=True)
    )
    if membership is None:
        raise refuse("not-found")
    return membership


def grant(session: Session, actor: Actor, membership_id: uuid.UUID, role: Role) -> Membership:
    """Give a member a role.

    :raises Refusal: ``own-role`` for one's own membership; ``auditor-is-exclusive`` where audit would meet
        another power; ``role-already-held``; ``not-found``; ``forbidden`` for an owner revoked meanwhile.
    """
    actor, _ = lock_roles(session, actor, Permission.ROLE_GRANT)
    membership = read(session, actor, membership_id)
    if membership.id == actor.membership_id:
        raise refuse("own-role", "Another brand owner must give you this role.")
    held = {Role(r.role) for r in membership.roles}
    if role in held:
        raise refuse("role-already-held")
    if Role.AUDITOR in held | {role} and held:
        raise refuse("auditor-is-exclusive", f"They hold {', '.join(sorted(held))}.")
    now = database_now(session)
    membership.roles.append(MembershipRole(role=role.value, granted_at=now))
    session.flush()
    content = {"role": role.value}
    record(session, actor, Action.ROLE_GRANTED, ("membership", membership.id), content, at=now)
    return membership


def revoke(session: Session, actor: Actor, membership_id: uuid.UUID, role: Role) -> Membership:
    """Take a role from a member; one may lay down one's own.

    :raises Refusal: ``last-brand-owner``; ``not-found`` where they do not hold it; ``forbidden`` for an owner
        revoked meanwhile.
    """
    actor, community_id = lock_roles(session, actor, Permission.ROLE_REVOKE)
    membership = read(session, actor, membership_id)
    found = next((r for r in membership.roles if r.role == role.value), None)
    if found is None:
        raise refuse("not-found", "They do not hold this role.")
    if role is Role.BRAND_OWNER:
        refuse_last_brand_owner(session, community_id)
        void_raising_invitations(session, community_id, database_now(session))
    membership.roles.remove(found)
    session.flush()
    record(session, actor, Action.ROLE_REVOKED, ("membership", membership.id), {"role": role.value})
    return membership


def verify(session: Session, actor: Actor, membership_id: uuid.UUID) -> Membership:
    """Write down that a member's account is that of one person who has no other; the same again changes nothing.

    It is asked of members as ballots open, where the charter says ``verified_accounts``; never in one already open.

    :raises Refusal: ``own-verification``; ``not-found``; ``forbidden`` for whoever lost the power meanwhile.
    """
    actor, _ = lock_roles(session, actor, Permission.MEMBER_VERIFY)
    membership = read(session, actor, membership_id)
    if membership.id == actor.membership_id:
        raise refuse("own-verification", "Another steward or brand owner must verify your account.")
    if membership.verified_at is not None:
        return membership
    membership.verified_at, membership.verified_by = database_now(session), actor.membership_id
    session.flush()
    record(session, actor, Action.MEMBER_VERIFIED, ("membership", membership.id), at=membership.verified_at)
    return membership


def unverify(session: Session, actor: Actor, membership_id: uuid.UUID) -> Membership:
    """Take a verification back, because it was a mistake.

    :raises Refusal: ``not-found``, also where they are not verified; ``forbidden`` for whoever lost the power
        meanwhile.
    """
    actor, _ = lock_roles(session, actor, Permission.MEMBER_VERIFY)
    membership = read(session, actor, membership_id)
    if membership.verified_at is None:
        raise refuse("not-found", "Their account is not verified.")
    membership.verified_at = membership.verified_by = None
    session.flush()
    record(session, actor, Action.MEMBER_UNVERIFIED, ("membership", membership.id))
    return membership
