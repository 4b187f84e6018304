"""Members, their roles and their token holdings."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from app.db.clock import database_now
from app.domain.errors import refuse
from app.models.communities import Holding, Membership, MembershipRole
from app.policies.permissions import Actor, Permission, Role
from app.services.audit import Action, record
from app.services.communities.joining import lock_roles, refuse_last_brand_owner, void_raising_invitations

#: Integers that every JSON client reads exactly; the supply of a community's tokens stays within.
MAX_SUPPLY = 2**53 - 1


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


def holding(session: Session, membership: Membership) -> Holding | None:
    """Return a member's holding, or None where none was ever recorded."""
    return session.get(Holding, membership.id, populate_existing=True)


def set_holding(session: Session, actor: Actor, membership: Membership, amount: int) -> Holding:
    """Record how many token units a member holds, within the community's supply; the same again changes nothing.

    :param membership: locked into order by :func:`lock_roles`, which the caller holds.
    :param amount: 0 to 2**53 - 1 minor units.
    :raises Refusal: ``conflict`` where the community's supply would exceed 2**53 - 1.
    """
    others = session.execute(
        sa.select(sa.func.coalesce(sa.func.sum(Holding.amount), 0)).where(
            Holding.community_id == membership.community_id, Holding.membership_id != membership.id
        )
    ).scalar_one()
    if int(others) + amount > MAX_SUPPLY:
        raise refuse("conflict", "The community's supply of tokens would exceed 2^53 - 1.")
    now = database_now(session)
    found = holding(session, membership)
    if found is not None and found.amount == amount:
        return found
    if found is None:
        found = Holding(membership_id=membership.id, community_id=membership.community_id)
        session.add(found)
    found.amount, found.updated_at = amount, now
    session.flush()
    record(session, actor, Action.HOLDING_SET, ("membership", membership.id), {"amount": str(amount)}, at=now)
    return found
