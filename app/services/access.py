"""Turning a signed-in account into an actor inside one community, or refusing."""

from __future__ import annotations

import dataclasses
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.clock import database_clock
from app.domain.errors import refuse
from app.models.communities import Membership, MembershipRole
from app.models.identity import SignInSession
from app.policies.permissions import PERMISSION_MAP, Actor, Permission, Role, allows, granting_role


def require_live_session(session: Session, actor: Actor) -> None:
    """Refuse an access token whose session was revoked or has ended.

    :raises Refusal: ``invalid-token``.
    """
    alive = session.scalar(
        sa.select(SignInSession.id).where(
            SignInSession.id == actor.session_id,
            SignInSession.account_id == actor.account_id,
            SignInSession.revoked_at.is_(None),
            SignInSession.expires_at > database_clock(),
        )
    )
    if alive is None:
        raise refuse("invalid-token", "The session was signed out or has ended.")


def enter(session: Session, actor: Actor, community_id: uuid.UUID, permission: Permission) -> Actor:
    """Return ``actor`` as a member of the community, with the role that grants ``permission``.

    :param actor: a signed-in account; its session's liveness is checked here too.
    :raises Refusal: ``not-found`` to outsiders, for unknown communities and known ones alike; ``forbidden`` to
        insiders without the permission; ``invalid-token`` for an ended session.
    """
    require_live_session(session, actor)
    rows = session.execute(
        sa.select(Membership.id, Membership.reference, MembershipRole.role)
        .outerjoin(MembershipRole, MembershipRole.membership_id == Membership.id)
        .where(
            Membership.community_id == community_id,
            Membership.account_id == actor.account_id,
            Membership.left_at.is_(None),
        )
    ).all()
    if not rows:
        raise refuse("not-found")
    inside = dataclasses.replace(
        actor,
        community_id=community_id,
        membership_id=rows[0].id,
        reference=rows[0].reference,
        roles=frozenset(Role(row.role) for row in rows if row.role is not None),
    )
    if not allows(permission, inside):
        needed = " or ".join(" and ".join(p.title for p in clause) for clause in PERMISSION_MAP[permission])
        raise refuse("forbidden", f"This needs the permission {permission.value} ({needed}).")
    return dataclasses.replace(inside, role_used=granting_role(permission, inside))
