"""A group's own stewards: who has a steward's say in it, and who gives and takes that.

They have it in their group alone, and from the moment it is given until the moment it is taken.
"""

from __future__ import annotations

import dataclasses
import uuid

from sqlalchemy.orm import Session

from app.domain.errors import refuse
from app.domain.groups import GroupStanding
from app.models.groups import Group, GroupMember
from app.policies.permissions import Actor, Permission, Role, allows, granting_role
from app.services.audit import Action, record
from app.services.groups import finding


def require_steward(session: Session, actor: Actor, group: Group) -> Actor:
    """Return the actor as a steward of a group, or as one whom the charter lets oversee the community's groups.

    :param group: its row locked.
    :raises Refusal: ``not-in-group``.
    """
    if allows(Permission.GROUP_OVERSEE, actor):
        return dataclasses.replace(actor, role_used=granting_role(Permission.GROUP_OVERSEE, actor))
    found = finding.locked_member(session, group.id, actor.membership_id, shared=True)
    if found is None or not found.steward:
        raise refuse("not-in-group", "Its stewards do this, and those whom the charter lets oversee groups.")
    return dataclasses.replace(actor, role_used=Role.STEWARD, steward_by_group=True)


def appoint(session: Session, actor: Actor, group_id: uuid.UUID, membership_id: uuid.UUID) -> GroupMember:
    """Make a member of a group one of its stewards; one who is stays one.

    :raises Refusal: ``not-found``, ``not-in-group``, ``group-archived``, ``not-a-group-member``.
    """
    group = finding.locked_active(session, actor, group_id)
    actor = require_steward(session, actor, group)
    found = finding.locked_member(session, group.id, membership_id)
    if found is None or found.standing != GroupStanding.MEMBER.value:
        raise refuse("not-a-group-member", "Only a member of the group becomes its steward.")
    if found.steward:
        return found
    found.steward = True
    session.flush()
    content = {"member": str(membership_id)}
    record(session, actor, Action.GROUP_STEWARD_APPOINTED, ("group", group.id), content)
    return found


def dismiss(session: Session, actor: Actor, group_id: uuid.UUID, membership_id: uuid.UUID) -> GroupMember:
    """Have a steward of a group be a member like the others; one may lay it down oneself.

    A group may be without stewards: those who oversee groups appoint others.

    :raises Refusal: ``not-found``, also where they are no steward of it; ``not-in-group``.
    """
    group = finding.locked(session, actor, group_id, shared=True)
    actor = require_steward(session, actor, group)
    found = finding.locked_member(session, group.id, membership_id)
    if found is None or not found.steward:
        raise refuse("not-found", "They are no steward of this group.")
    found.steward = False
    session.flush()
    content = {"member": str(membership_id)}
    record(session, actor, Action.GROUP_STEWARD_DISMISSED, ("group", group.id), content)
    return found
