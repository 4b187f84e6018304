"""Groups: labs, chapters and circles with members and stewards of their own."""

from __future__ import annotations

import uuid
from typing import Any

import sqlalchemy as sa

from app.api.v1.groups import examples
from app.api.v1.groups.schemas import (
    Archiving,
    Group,
    GroupChanges,
    GroupDraft,
    GroupMember,
    GroupMemberQuery,
    GroupQuery,
)
from app.http.blueprint import Blueprint
from app.http.operation import Context
from app.http.paging import Page, page_schema
from app.models.communities import Membership
from app.models.groups import Group as GroupRow
from app.models.groups import GroupMember as GroupMemberRow
from app.policies.permissions import Permission
from app.services.groups import editing, finding, joining, stewards

blp = Blueprint(
    "groups",
    __name__,
    url_prefix="/v1/communities/<uuid:community_id>/groups",
    description="Groups inside a community: who is in them, who stewards them, what is theirs.",
)

_GROUP = "/<uuid:group_id>"
_MEMBER = f"{_GROUP}/members/<uuid:membership_id>"
_STEWARD = f"{_GROUP}/stewards/<uuid:membership_id>"
_NOT_ITS_STEWARD = "You are none of its stewards, and the charter does not let you oversee groups."
_ARCHIVED = "The group is archived."
_SHOWN = (
    *("id", "community_id", "kind", "name", "description", "joining", "created_by", "created_at"),
    *("archived_at", "archived_because", "version"),
)


def group_tag(document: dict[str, Any]) -> tuple[object, ...]:
    """Return what the entity tag of a shown group is made of: others move its size, the caller their standing."""
    own = (document["my_standing"], document["i_steward"])
    return ("group", document["id"], document["version"], document["member_count"], *own)


def _all_shown(context: Context, groups: list[GroupRow]) -> list[dict[str, Any]]:
    context.session.flush()
    return [
        {name: getattr(each.group, name) for name in _SHOWN}
        | {
            "member_count": each.members,
            "my_standing": None if each.own is None else each.own.standing,
            "i_steward": each.own is not None and each.own.steward,
        }
        for each in finding.shown(context.session, context.actor, groups)
    ]


def _shown(context: Context, group: GroupRow) -> dict[str, Any]:
    return _all_shown(context, [group])[0]


def _shown_member(context: Context, member: GroupMemberRow) -> dict[str, Any]:
    name = sa.select(Membership.display_name).where(Membership.id == member.membership_id)
    facts = {column: getattr(member, column) for column in GroupMemberRow.__table__.columns.keys()}  # noqa: SIM118 - no mapping
    return facts | {"display_name": context.session.scalar(name)}


@blp.operation(
    "POST",
    "",
    operation_id="create_group",
    permission=Permission.GROUP_CREATE,
    body=GroupDraft,
    returns=(201, Group),
    idempotent=True,
    etag=group_tag,
    location=lambda made: f"/v1/communities/{made['community_id']}/groups/{made['id']}",
    examples={"request": examples.GROUP},
)
def create_group(context: Context, *, body: dict[str, Any]) -> dict[str, Any]:
    """Make a group; you are its first member and steward."""
    return _shown(context, editing.create(context.session, context.actor, body))


@blp.operation(
    "GET",
    "",
    operation_id="list_groups",
    permission=Permission.GROUP_READ,
    query=GroupQuery,
    returns=(200, page_schema(Group)),
)
def list_groups(context: Context, *, query: dict[str, Any]) -> Page:
    """List the groups, the newest first."""
    mine = query["member"] is not None
    found = finding.listed(context.actor, kind=query["kind"], archived=query["archived"], mine=mine)
    page = context.page(found, [(GroupRow.id, uuid.UUID)], query, descending=True)
    return Page(_all_shown(context, list(page.items)), page.next_cursor)


@blp.operation(
    "GET",
    _GROUP,
    operation_id="get_group",
    permission=Permission.GROUP_READ,
    returns=(200, Group),
    etag=group_tag,
)
def get_group(context: Context, *, group_id: uuid.UUID) -> dict[str, Any]:
    """Read a group, and where you stand in it."""
    return _shown(context, finding.read(context.session, context.actor, group_id))


@blp.operation(
    "PATCH",
    _GROUP,
    operation_id="update_group",
    permission=Permission.GROUP_STEWARD,
    body=GroupChanges,
    returns=(200, Group),
    if_match=True,
    etag=group_tag,
    errors={403: _NOT_ITS_STEWARD, 409: _ARCHIVED},
    examples={"request": {"joining": "invitation"}},
)
def update_group(context: Context, *, group_id: uuid.UUID, body: dict[str, Any]) -> dict[str, Any]:
    """Change what a group says of itself, and how people come in."""
    group = finding.locked(context.session, context.actor, group_id)
    context.check_etag(group_tag(_shown(context, group)))
    return _shown(context, editing.update(context.session, context.actor, group, body))


@blp.operation(
    "POST",
    f"{_GROUP}/archive",
    operation_id="archive_group",
    permission=Permission.GROUP_STEWARD,
    body=Archiving,
    returns=(200, Group),
    idempotent=True,
    etag=group_tag,
    errors={403: _NOT_ITS_STEWARD, 409: "It was archived before."},
    examples={"request": {"reason": "The bottle is in the shops: our work is done."}},
)
def archive_group(context: Context, *, group_id: uuid.UUID, body: dict[str, Any]) -> dict[str, Any]:
    """Archive a group: all of it is still read, and nothing new is done in it.

    Ballots that are open run to their end.
    """
    return _shown(context, editing.archive(context.session, context.actor, group_id, body["reason"]))


@blp.operation(
    "POST",
    f"{_GROUP}/restore",
    operation_id="restore_group",
    permission=Permission.GROUP_OVERSEE,
    returns=(200, Group),
    idempotent=True,
    etag=group_tag,
)
def restore_group(context: Context, *, group_id: uuid.UUID) -> dict[str, Any]:
    """Take a group out of the archive, with the members and stewards it had."""
    return _shown(context, editing.restore(context.session, context.actor, group_id))


@blp.operation(
    "GET",
    f"{_GROUP}/members",
    operation_id="list_group_members",
    permission=Permission.GROUP_READ,
    query=GroupMemberQuery,
    returns=(200, page_schema(GroupMember)),
)
def list_group_members(context: Context, *, group_id: uuid.UUID, query: dict[str, Any]) -> Page:
    """List a group's members.

    Who was invited, asks to come in or was removed is listed for its stewards, for those who oversee groups, and for
    auditors; you find yourself in any case.
    """
    group = finding.read(context.session, context.actor, group_id)
    statement = finding.members(context.session, context.actor, group)
    if query["standing"] is not None:
        statement = statement.where(GroupMemberRow.standing == query["standing"].value)
    if query["steward"] is not None:
        statement = statement.where(GroupMemberRow.steward.is_(query["steward"]))
    return context.page(statement, [(GroupMemberRow.membership_id, uuid.UUID)], query)


@blp.operation(
    "PUT",
    f"{_GROUP}/members/me",
    operation_id="join_group",
    permission=Permission.GROUP_JOIN,
    returns=(200, Group),
    etag=group_tag,
    errors={409: "It takes an invitation, a steward removed you, or the group is archived."},
)
def join_group(context: Context, *, group_id: uuid.UUID) -> dict[str, Any]:
    """Come into an open group, take up an invitation, or ask a steward to let you in."""
    return _shown(context, joining.join(context.session, context.actor, group_id))


@blp.operation(
    "DELETE",
    f"{_GROUP}/members/me",
    operation_id="leave_group",
    permission=Permission.GROUP_LEAVE,
    returns=(200, Group),
    etag=group_tag,
)
def leave_group(context: Context, *, group_id: uuid.UUID) -> dict[str, Any]:
    """Leave a group, decline its invitation, or take your request back.

    On the rolls of its open ballots you stay; what you delegated for the group ends.
    """
    return _shown(context, joining.leave(context.session, context.actor, group_id))


@blp.operation(
    "PUT",
    _MEMBER,
    operation_id="admit_to_group",
    permission=Permission.GROUP_STEWARD,
    returns=(200, GroupMember),
    errors={403: _NOT_ITS_STEWARD, 409: _ARCHIVED},
)
def admit_to_group(context: Context, *, group_id: uuid.UUID, membership_id: uuid.UUID) -> dict[str, Any]:
    """Grant somebody's request to come in, or invite them: nobody is a member without having asked for it."""
    found = joining.admit(context.session, context.actor, group_id, membership_id)
    return _shown_member(context, found)


@blp.operation(
    "DELETE",
    _MEMBER,
    operation_id="remove_from_group",
    permission=Permission.GROUP_STEWARD,
    returns=(204, None),
    errors={403: _NOT_ITS_STEWARD},
)
def remove_from_group(context: Context, *, group_id: uuid.UUID, membership_id: uuid.UUID) -> None:
    """Remove a member, refuse a request, or take an invitation back.

    Whoever was removed comes in again by invitation alone. On the rolls of open ballots they stay.
    """
    joining.remove(context.session, context.actor, group_id, membership_id)


@blp.operation(
    "PUT",
    _STEWARD,
    operation_id="appoint_group_steward",
    permission=Permission.GROUP_STEWARD,
    returns=(200, GroupMember),
    errors={403: _NOT_ITS_STEWARD, 409: "They are no member of the group, or it is archived."},
)
def appoint_group_steward(
    context: Context, *, group_id: uuid.UUID, membership_id: uuid.UUID
) -> dict[str, Any]:
    """Make a member of the group one of its stewards.

    In this group, and nowhere else, they may then do what the charter lets stewards do with boards and ballots.
    """
    found = stewards.appoint(context.session, context.actor, group_id, membership_id)
    return _shown_member(context, found)


@blp.operation(
    "DELETE",
    _STEWARD,
    operation_id="dismiss_group_steward",
    permission=Permission.GROUP_STEWARD,
    returns=(200, GroupMember),
    errors={403: _NOT_ITS_STEWARD},
)
def dismiss_group_steward(
    context: Context, *, group_id: uuid.UUID, membership_id: uuid.UUID
) -> dict[str, Any]:
    """Have a steward be a member like the others, at once; also oneself."""
    found = stewards.dismiss(context.session, context.actor, group_id, membership_id)
    return _shown_member(context, found)
