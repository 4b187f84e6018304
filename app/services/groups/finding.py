"""Finding groups and their members, and holding a group still while something depends on it.

A group's row is locked after everything else that a use case locks of what belongs to it: the order is community,
board, proposal or ballot, group, its members.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.errors import refuse
from app.domain.groups import GroupKind, GroupStanding
from app.models.communities import Membership
from app.models.groups import Group, GroupMember
from app.policies.permissions import Actor, Permission, Role, allows


@dataclass(frozen=True, slots=True)
class ShownGroup:
    """A group for one caller.

    :param members: how many are members.
    :param own: where the caller stands in it; None: nowhere.
    """

    group: Group
    members: int
    own: GroupMember | None


def visible_to(actor: Actor) -> sa.Select[Group]:
    """Select the groups an actor may see: all of their community's."""
    return sa.select(Group).where(Group.community_id == actor.community_id)


def listed(
    actor: Actor, *, kind: GroupKind | None = None, archived: bool | None = None, mine: bool = False
) -> sa.Select[Group]:
    """Select the groups of a kind, archived or not, and those whose member the actor is; None: any."""
    statement = visible_to(actor)
    if kind is not None:
        statement = statement.where(Group.kind == kind.value)
    if archived is not None:
        statement = statement.where(
            Group.archived_at.is_not(None) if archived else Group.archived_at.is_(None)
        )
    return statement.where(Group.id.in_(groups_of(actor))) if mine else statement


def groups_of(actor: Actor, *, stewarded: bool = False) -> sa.Select[uuid.UUID]:
    """Select the ids of the groups whose member an actor is; with ``stewarded``, whose steward."""
    groups = sa.select(GroupMember.group_id).where(
        GroupMember.membership_id == actor.membership_id,
        GroupMember.standing == GroupStanding.MEMBER.value,
    )
    return groups.where(GroupMember.steward) if stewarded else groups


def in_audience(
    actor: Actor, audience: sa.orm.InstrumentedAttribute[uuid.UUID | None]
) -> sa.ColumnElement[bool]:
    """Return the condition that something is not kept from an actor by being for a group's eyes alone.

    The community's stewards, who judge what is reported, and its auditors see everything.

    :param audience: the column with the group that alone sees it.
    """
    oversees = Role.STEWARD in actor.roles and not actor.steward_by_group
    if oversees or Role.AUDITOR in actor.roles:
        return sa.true()
    return sa.or_(audience.is_(None), audience.in_(groups_of(actor)))


def read(session: Session, actor: Actor, group_id: uuid.UUID) -> Group:
    """Return one group.

    :raises Refusal: ``not-found``.
    """
    group = session.scalar(visible_to(actor).where(Group.id == group_id))
    if group is None:
        raise refuse("not-found")
    return group


def locked(session: Session, actor: Actor, group_id: uuid.UUID, *, shared: bool = False) -> Group:
    """Return one group with its row locked.

    :param shared: only against its being changed or archived, as everything wants that is done in it.
    :raises Refusal: ``not-found``.
    """
    group = session.scalar(
        visible_to(actor)
        .where(Group.id == group_id)
        .with_for_update(of=Group, read=shared)
        .execution_options(populate_existing=True)
    )
    if group is None:
        raise refuse("not-found")
    return group


def locked_active(session: Session, actor: Actor, group_id: uuid.UUID) -> Group:
    """Return one group that cannot be archived before this transaction ends.

    :raises Refusal: ``not-found``; ``group-archived``.
    """
    group = locked(session, actor, group_id, shared=True)
    if group.archived_at is not None:
        raise refuse("group-archived", "What is archived is read, and nothing more is done in it.")
    return group


def locked_member(
    session: Session, group_id: uuid.UUID, membership_id: uuid.UUID | None, *, shared: bool = False
) -> GroupMember | None:
    """Return where somebody stands in a group, its row locked; None where they stand nowhere.

    :param shared: only against its being changed.
    """
    return session.scalar(
        sa.select(GroupMember)
        .where(GroupMember.group_id == group_id, GroupMember.membership_id == membership_id)
        .with_for_update(read=shared)
        .execution_options(populate_existing=True)
    )


def require_member(session: Session, group_id: uuid.UUID, membership_id: uuid.UUID) -> None:
    """Ask that somebody is a member of a group.

    :raises Refusal: ``not-a-group-member``.
    """
    found = session.get(GroupMember, (group_id, membership_id), populate_existing=True)
    if found is None or found.standing != GroupStanding.MEMBER.value:
        raise refuse("not-a-group-member")


def members(session: Session, actor: Actor, group: Group) -> sa.Select[*tuple[Any, ...]]:
    """Select the members of a group with their names, whom everybody sees; its stewards see whoever waits, too."""
    statement = (
        sa.select(*GroupMember.__table__.columns, Membership.display_name)
        .join(Membership, Membership.id == GroupMember.membership_id)
        .where(GroupMember.group_id == group.id)
    )
    if allows(Permission.GROUP_OVERSEE, actor) or Role.AUDITOR in actor.roles:
        return statement
    if session.scalar(sa.select(sa.literal(group.id, sa.Uuid()).in_(groups_of(actor, stewarded=True)))):
        return statement
    return statement.where(
        sa.or_(
            GroupMember.standing == GroupStanding.MEMBER.value,
            GroupMember.membership_id == actor.membership_id,
        )
    )


def shown(session: Session, actor: Actor, groups: Sequence[Group]) -> list[ShownGroup]:
    """Return groups as the actor sees them, in their order, in as many queries whatever there is of them."""
    ids = [group.id for group in groups]
    counted = session.execute(
        sa.select(GroupMember.group_id, sa.func.count())
        .where(GroupMember.group_id.in_(ids), GroupMember.standing == GroupStanding.MEMBER.value)
        .group_by(GroupMember.group_id)
    )
    counts = {group_id: number for group_id, number in counted}  # noqa: C416 - rows are no pairs to a type checker
    own = {
        row.group_id: row
        for row in session.scalars(
            sa.select(GroupMember).where(
                GroupMember.group_id.in_(ids), GroupMember.membership_id == actor.membership_id
            )
        )
    }
    return [ShownGroup(group, counts.get(group.id, 0), own.get(group.id)) for group in groups]
