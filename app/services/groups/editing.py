"""Making groups, changing what they say of themselves, archiving them and taking that back."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from app.db.clock import database_now
from app.domain.errors import refuse
from app.domain.groups import GroupStanding
from app.domain.instants import to_milliseconds
from app.models.groups import Group, GroupMember
from app.policies.permissions import Actor
from app.services.audit import Action, record
from app.services.groups import finding
from app.services.groups.stewards import require_steward

FIELDS = ("kind", "name", "description", "joining")


def create(session: Session, actor: Actor, facts: Mapping[str, Any]) -> Group:
    """Make a group, whose first member and steward is whoever makes it.

    :param facts: :data:`FIELDS`, valid one by one.
    """
    assert actor.community_id is not None  # noqa: S101 - the edge resolved the community
    assert actor.membership_id is not None  # noqa: S101 - the edge resolved the membership
    now = to_milliseconds(database_now(session))
    group = Group(
        community_id=actor.community_id,
        created_by=actor.membership_id,
        created_at=now,
        **{name: str(facts[name]) for name in FIELDS},
    )
    session.add(group)
    session.flush()
    session.add(
        GroupMember(
            group_id=group.id,
            membership_id=actor.membership_id,
            standing=GroupStanding.MEMBER.value,
            steward=True,
            since=now,
        )
    )
    session.flush()
    record(session, actor, Action.GROUP_CREATED, ("group", group.id), _content(group), at=now)
    return group


def update(session: Session, actor: Actor, group: Group, changes: Mapping[str, Any]) -> Group:
    """Change what a group says of itself, and how one comes in; what is so already writes nothing.

    :param group: locked by the caller.
    :raises Refusal: ``not-in-group``, ``group-archived``.
    """
    actor = require_steward(session, actor, group)
    if group.archived_at is not None:
        raise refuse("group-archived")
    changed = [name for name in FIELDS if name in changes and str(changes[name]) != getattr(group, name)]
    if not changed:
        return group
    for name in changed:
        setattr(group, name, str(changes[name]))
    session.flush()
    record(session, actor, Action.GROUP_UPDATED, ("group", group.id), _content(group))
    return group


def archive(session: Session, actor: Actor, group_id: uuid.UUID, reason: str) -> Group:
    """Have nothing more be done in a group, with a reason for everybody. What runs is not stopped by it.

    Ballots that are open are voted in and counted; drafts are not opened, and nothing is posted any more.

    :raises Refusal: ``not-found``, ``not-in-group``, ``group-archived``.
    """
    group = finding.locked(session, actor, group_id)
    actor = require_steward(session, actor, group)
    if group.archived_at is not None:
        raise refuse("group-archived", "It was archived before.")
    now = to_milliseconds(database_now(session))
    group.archived_at, group.archived_because = now, reason
    session.flush()
    record(session, actor, Action.GROUP_ARCHIVED, ("group", group.id), {"reason": reason}, at=now)
    return group


def restore(session: Session, actor: Actor, group_id: uuid.UUID) -> Group:
    """Take a group out of the archive, with the members it had; one that is not archived stays as it is.

    :raises Refusal: ``not-found``.
    """
    group = finding.locked(session, actor, group_id)
    if group.archived_at is None:
        return group
    group.archived_at = group.archived_because = None
    session.flush()
    record(session, actor, Action.GROUP_RESTORED, ("group", group.id), {})
    return group


def _content(group: Group) -> dict[str, Any]:
    """Return what an audit entry about a group commits to."""
    return {name: getattr(group, name) for name in FIELDS}
