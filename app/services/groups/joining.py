"""Coming into a group and leaving it: by oneself, or by what its stewards say.

One row a member and group, so that nobody is in twice however many requests say so at once.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.clock import database_now
from app.domain.errors import refuse
from app.domain.groups import GroupStanding, Joining, after_admitting, after_asking, after_removing
from app.domain.instants import to_milliseconds
from app.models.communities import Membership
from app.models.groups import Group, GroupMember
from app.policies.permissions import Actor
from app.services.audit import Action, record
from app.services.delegations import revoking
from app.services.groups import finding
from app.services.groups.stewards import require_steward
from app.services.ideas.upserts import insert_missing

_ARRIVED = {
    GroupStanding.MEMBER: Action.GROUP_JOINED,
    GroupStanding.REQUESTED: Action.GROUP_REQUESTED,
}
_ADMITTED = {
    GroupStanding.MEMBER: Action.GROUP_ADMITTED,
    GroupStanding.INVITED: Action.GROUP_INVITED,
}


def join(session: Session, actor: Actor, group_id: uuid.UUID) -> Group:
    """Come into an open group, take an invitation up, or ask to be let in; the same again changes nothing.

    :raises Refusal: ``not-found``; ``group-archived``; ``group-closed-to-you`` without an invitation where one is
        needed, and to whom a steward has removed.
    """
    assert actor.membership_id is not None  # noqa: S101 - the edge resolved the membership
    group = finding.locked_active(session, actor, group_id)

    def asked(before: GroupStanding | None) -> GroupStanding:
        after = after_asking(before, Joining(group.joining))
        if after is None:
            by_steward = before is GroupStanding.REMOVED
            detail = (
                "A steward removed you, and can ask you in again."
                if by_steward
                else "It takes an invitation."
            )
            raise refuse("group-closed-to-you", detail)
        return after

    came_to = _come(session, group, actor.membership_id, asked)
    if came_to is not None:
        content = {"member": str(actor.membership_id)}
        record(session, actor, _ARRIVED[came_to], ("group", group.id), content)
    return group


def leave(session: Session, actor: Actor, group_id: uuid.UUID) -> Group:
    """Leave a group, decline its invitation, or take one's request back; without any of these nothing changes.

    Whoever leaves stays on the rolls of ballots that are open, as those who leave the community do; what they gave
    and received of the group's delegations ends. Having been removed is nothing that one leaves.

    :raises Refusal: ``not-found``.
    """
    assert actor.membership_id is not None  # noqa: S101 - the edge resolved the membership
    group = finding.locked(session, actor, group_id, shared=True)
    found = finding.locked_member(session, group.id, actor.membership_id)
    if found is None or found.standing == GroupStanding.REMOVED.value:
        return group
    content = {"member": str(actor.membership_id), "standing": found.standing}
    _end_delegations(session, actor, found)
    session.delete(found)
    session.flush()
    record(session, actor, Action.GROUP_LEFT, ("group", group.id), content)
    return group


def admit(session: Session, actor: Actor, group_id: uuid.UUID, membership_id: uuid.UUID) -> GroupMember:
    """Grant somebody's request to come in, or invite them; what is so already changes nothing.

    :raises Refusal: ``not-found`` where there is no such member of the community, ``not-in-group``,
        ``group-archived``.
    """
    group = finding.locked_active(session, actor, group_id)
    actor = require_steward(session, actor, group)
    came_to = _come(session, group, membership_id, after_admitting)
    if came_to is not None:
        content = {"member": str(membership_id)}
        record(session, actor, _ADMITTED[came_to], ("group", group.id), content)
    return session.get_one(GroupMember, (group.id, membership_id), populate_existing=True)


def remove(session: Session, actor: Actor, group_id: uuid.UUID, membership_id: uuid.UUID) -> None:
    """Remove a member from a group, refuse a request, or take an invitation back.

    Whoever was removed comes in again by invitation alone.

    :raises Refusal: ``not-found`` where they stand nowhere in the group, ``not-in-group``.
    """
    group = finding.locked(session, actor, group_id, shared=True)
    actor = require_steward(session, actor, group)
    found = finding.locked_member(session, group.id, membership_id)
    if found is None or found.standing == GroupStanding.REMOVED.value:
        raise refuse("not-found", "They stand nowhere in this group.")
    before = GroupStanding(found.standing)
    after = after_removing(before)
    content = {"member": str(membership_id), "standing": before.value}
    _end_delegations(session, actor, found)
    if after is None:
        session.delete(found)
    else:
        found.standing, found.steward, found.since = (
            after.value,
            False,
            to_milliseconds(database_now(session)),
        )
    session.flush()
    record(session, actor, Action.GROUP_REMOVED, ("group", group.id), content)


def leave_all(session: Session, actor: Actor) -> None:
    """End everything that the actor, who leaves the community, is in its groups.

    The entry of their leaving says it, too: it is a part of it. Having been removed is nothing that one leaves, by
    leaving the community and coming back neither.
    """
    session.execute(
        sa.delete(GroupMember)
        .where(
            GroupMember.membership_id == actor.membership_id,
            GroupMember.standing != GroupStanding.REMOVED.value,
        )
        .execution_options(synchronize_session=False)
    )


def _come(
    session: Session,
    group: Group,
    membership_id: uuid.UUID,
    where: Callable[[GroupStanding | None], GroupStanding],
) -> GroupStanding | None:
    """Bring somebody to where they are to stand, and return that; None where they stood there before.

    :param where: from where they stand to where they are to stand.
    :raises Refusal: ``not-found``; what ``where`` raises.
    """
    _require_insider(session, group, membership_id)
    while True:
        found = finding.locked_member(session, group.id, membership_id)
        after = where(None if found is None else GroupStanding(found.standing))
        now = to_milliseconds(database_now(session))
        if found is not None:
            if found.standing == after.value:
                return None
            found.standing, found.since = after.value, now
            session.flush()
            return after
        facts = {"group_id": group.id, "membership_id": membership_id, "since": now}
        if insert_missing(session, GroupMember, standing=after.value, steward=False, **facts):
            return after
        # Somebody else put them somewhere between our look and our insert: look again.


def _require_insider(session: Session, group: Group, membership_id: uuid.UUID) -> None:
    """Ask that somebody is a member of the group's community, and stays one until this is written.

    :raises Refusal: ``not-found``.
    """
    inside = sa.select(Membership.id).where(
        Membership.id == membership_id,
        Membership.community_id == group.community_id,
        Membership.left_at.is_(None),
    )
    if session.scalar(inside.with_for_update(read=True)) is None:
        raise refuse("not-found")


def _end_delegations(session: Session, actor: Actor, found: GroupMember) -> None:
    if found.standing == GroupStanding.MEMBER.value:
        revoking.end_by_leaving_group(session, actor, found.group_id, found.membership_id)
