"""Communities: found, list, read, change, join, leave, invite."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from app.api.v1.communities.schemas import (
    Community,
    CommunityChanges,
    CommunityFounding,
    Invitation,
    InvitationMaking,
    InvitationWithCode,
    Joining,
)
from app.api.v1.members.schemas import Member
from app.domain.errors import refuse
from app.http.blueprint import Blueprint
from app.http.operation import AUTHENTICATED, Context
from app.http.paging import Page, PageQuery, page_schema
from app.models.communities import Community as CommunityRow
from app.models.communities import Invitation as InvitationRow
from app.policies.permissions import Permission
from app.services.communities import founding, joining

blp = Blueprint(
    "communities",
    __name__,
    url_prefix="/v1/communities",
    description="Communities, joining and leaving them, and invitations.",
)

#: An invitation that outlives a year has been forgotten.
LONGEST_INVITATION = dt.timedelta(days=366)


def community_tag(community: CommunityRow) -> tuple[str, uuid.UUID, int]:
    """Return what the entity tag of a community is made of."""
    return ("community", community.id, community.version)


@blp.operation(
    "POST",
    "",
    operation_id="found_community",
    permission=AUTHENTICATED,
    body=CommunityFounding,
    returns=(201, Community),
    idempotent=True,
    etag=community_tag,
    location=lambda community: f"/v1/communities/{community.id}",
    errors={409: "The slug is taken."},
    examples={"request": {"slug": "fizz", "name": "Fizz Lemonade", "open_joining": True}},
)
def found_community(context: Context, *, body: dict[str, Any]) -> CommunityRow:
    """Found a community.

    Whoever founds it becomes its first brand owner, which gives no vote: ownership and membership are separate
    powers.
    """
    community, _ = founding.found(context.session, context.actor, body)
    return community


@blp.operation(
    "GET",
    "",
    operation_id="list_communities",
    permission=AUTHENTICATED,
    query=PageQuery,
    returns=(200, page_schema(Community)),
)
def list_communities(context: Context, *, query: dict[str, Any]) -> Page:
    """List the communities you belong to."""
    return context.page(founding.visible_to(context.actor), [(CommunityRow.id, uuid.UUID)], query)


@blp.operation(
    "GET",
    "/<uuid:community_id>",
    operation_id="get_community",
    permission=Permission.COMMUNITY_READ,
    returns=(200, Community),
    etag=community_tag,
)
def get_community(context: Context, *, community_id: uuid.UUID) -> CommunityRow:
    """Read a community."""
    return founding.read(context.session, community_id)


@blp.operation(
    "PATCH",
    "/<uuid:community_id>",
    operation_id="update_community",
    permission=Permission.COMMUNITY_UPDATE,
    body=CommunityChanges,
    returns=(200, Community),
    if_match=True,
    etag=community_tag,
    examples={"request": {"description": "Lemonade, decided together."}},
)
def update_community(context: Context, *, community_id: uuid.UUID, body: dict[str, Any]) -> CommunityRow:
    """Change a community's name, description, joining, allowed origins, or who may follow its log."""
    actor, _ = joining.lock_roles(context.session, context.actor, Permission.COMMUNITY_UPDATE)
    community = founding.locked(context.session, community_id)
    context.check_etag(community_tag(community))
    return founding.update(context.session, actor, community, body)


@blp.operation(
    "POST",
    "/<uuid:community_id>/members",
    operation_id="join_community",
    permission=AUTHENTICATED,
    body=Joining,
    returns=(201, Member),
    idempotent=True,
    location=lambda member: f"/v1/communities/{member.community_id}/members/{member.id}",
    errors={
        404: "No such community, or one that is joined by invitation only and no code was sent.",
        409: "You are a member already, or the invitation cannot be used.",
    },
    examples={"request": {"invitation_code": "q3r1aZ0vXk2m7P4sT9uYb6nL8wC5dE1f"}},
)
def join_community(context: Context, *, community_id: uuid.UUID, body: dict[str, Any]) -> Any:
    """Join a community.

    With an invitation's code, or with an empty object where joining is open.
    """
    return joining.join(
        context.session, context.actor, community_id, body.get("invitation_code"), body.get("charter_version")
    )


@blp.operation(
    "DELETE",
    "/<uuid:community_id>/members/me",
    operation_id="leave_community",
    permission=Permission.MEMBERSHIP_LEAVE,
    returns=(204, None),
    errors={409: "You are the last brand owner."},
)
def leave_community(context: Context) -> None:
    """Leave a community.

    Votes already cast stay counted.
    """
    joining.leave(context.session, context.actor)


@blp.operation(
    "POST",
    "/<uuid:community_id>/invitations",
    operation_id="create_invitation",
    permission=Permission.INVITATION_CREATE,
    body=InvitationMaking,
    returns=(201, InvitationWithCode),
    idempotent=True,
    errors={
        403: "Only a brand owner may invite into another role than member.",
        409: "It would last too long.",
    },
    examples={"request": {"role": "member", "max_uses": 500, "expires_in": "P14D"}},
)
def create_invitation(context: Context, *, body: dict[str, Any]) -> dict[str, Any]:
    """Make an invitation.

    The code is in this answer and never shown again.
    """
    if not dt.timedelta(0) < body["expires_in"] <= LONGEST_INVITATION:
        raise refuse(
            "conflict",
            "An invitation lasts between a second and 366 days.",
            errors=[("#/expires_in", "out of range")],
        )
    invitation, code = joining.invite(
        context.session,
        context.actor,
        role=body["role"],
        max_uses=body["max_uses"],
        expires_in=body["expires_in"],
    )
    names = ("id", "role", "max_uses", "uses", "created_at", "expires_at", "revoked_at")
    return {name: getattr(invitation, name) for name in names} | {"code": code}


@blp.operation(
    "GET",
    "/<uuid:community_id>/invitations",
    operation_id="list_invitations",
    permission=Permission.INVITATION_LIST,
    query=PageQuery,
    returns=(200, page_schema(Invitation)),
)
def list_invitations(context: Context, *, query: dict[str, Any]) -> Page:
    """List invitations, without their codes."""
    return context.page(joining.invitations(context.actor), [(InvitationRow.id, uuid.UUID)], query)


@blp.operation(
    "DELETE",
    "/<uuid:community_id>/invitations/<uuid:invitation_id>",
    operation_id="revoke_invitation",
    permission=Permission.INVITATION_REVOKE,
    returns=(204, None),
)
def revoke_invitation(context: Context, *, invitation_id: uuid.UUID) -> None:
    """Revoke an invitation."""
    joining.revoke_invitation(context.session, context.actor, invitation_id)
