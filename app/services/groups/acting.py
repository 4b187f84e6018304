"""As whom somebody acts in a group: with which of their roles, and with which that the group gave them.

Inside a group the role of member counts only for the group's members; its stewards have the role of steward there,
and there alone; the community's other roles are what they are everywhere. What a role may do the charter says, as it
does outside of groups, so nobody gets a power in the community from a group.
"""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Collection, Mapping

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.errors import refuse
from app.domain.groups import GroupStanding
from app.models.groups import GroupMember
from app.policies.permissions import Actor, Permission, Role, allows, granting_role
from app.services.groups.finding import locked, locked_active, locked_member


def acting_in(
    session: Session,
    actor: Actor,
    group_id: uuid.UUID | None,
    permission: Permission,
    *,
    archived: bool = False,
) -> Actor:
    """Return the actor as whoever does something in a group, which cannot be archived meanwhile.

    :param group_id: None: it belongs to no group, but to the community as a whole.
    :param archived: whether it may be done in an archived group, too.
    :raises Refusal: ``group-archived``; ``not-in-group`` where no role they have there gives the permission;
        ``forbidden`` outside of groups to whoever is let in as a group's steward alone.
    """
    if group_id is None:
        if actor.confined:
            raise refuse("forbidden", f"This needs the permission {permission.value} outside of groups.")
        return actor
    if archived:
        locked(session, actor, group_id, shared=True)
    else:
        locked_active(session, actor, group_id)
    # Locked too: whoever is removed, or dismissed as a steward, is so for whatever is written afterwards.
    locked_member(session, group_id, actor.membership_id, shared=True)
    inside = roles_in(session, actor, {group_id})[group_id]
    if not allows(permission, inside):
        raise refuse("not-in-group", f"In this group your roles do not give {permission.value}.")
    return dataclasses.replace(inside, role_used=granting_role(permission, inside))


def seen_in(session: Session, actor: Actor, group_id: uuid.UUID | None, permission: Permission) -> Actor:
    """Return the actor as whoever looks at something of a group that takes a permission; nothing is locked.

    :raises Refusal: ``not-in-group``; ``forbidden``.
    """
    if group_id is None:
        return acting_in(session, actor, None, permission)
    inside = roles_in(session, actor, {group_id})[group_id]
    if not allows(permission, inside):
        raise refuse("not-in-group", f"In this group your roles do not give {permission.value}.")
    return dataclasses.replace(inside, role_used=granting_role(permission, inside))


def roles_in(session: Session, actor: Actor, group_ids: Collection[uuid.UUID]) -> Mapping[uuid.UUID, Actor]:
    """Return the actor with the roles they have in each of some groups, in one query for all of them."""
    if not group_ids:
        return {}
    rows = session.execute(
        sa.select(GroupMember.group_id, GroupMember.steward).where(
            GroupMember.group_id.in_(group_ids),
            GroupMember.membership_id == actor.membership_id,
            GroupMember.standing == GroupStanding.MEMBER.value,
        )
    )
    known = {row.group_id: row.steward for row in rows}
    return {group_id: _as(actor, steward=known.get(group_id)) for group_id in group_ids}


def _as(actor: Actor, *, steward: bool | None) -> Actor:
    """Return the actor with the roles of somebody who is a group's steward, a plain member, or None: neither."""
    roles = actor.roles - {Role.STEWARD} if actor.steward_by_group else actor.roles
    if steward is None:
        roles -= {Role.MEMBER}
    by_group = bool(steward and roles) and Role.STEWARD not in roles
    if by_group:
        roles |= {Role.STEWARD}
    return dataclasses.replace(
        actor, roles=roles, stewarded=frozenset(), confined=False, steward_by_group=by_group
    )
