"""Members of a community, their roles and whose account was verified."""

from __future__ import annotations

import uuid
from typing import Any

from app.api.v1.members.schemas import Member, RoleGrant
from app.http.blueprint import Blueprint
from app.http.operation import Context
from app.http.paging import Page, PageQuery, page_schema
from app.models.communities import Membership
from app.policies.permissions import Permission, Role
from app.services.communities import members

blp = Blueprint(
    "members",
    __name__,
    url_prefix="/v1/communities/<uuid:community_id>/members",
    description="Members of a community, their roles, and whose account was verified.",
)


@blp.operation(
    "GET",
    "",
    operation_id="list_members",
    permission=Permission.MEMBER_LIST,
    query=PageQuery,
    returns=(200, page_schema(Member)),
)
def list_members(context: Context, *, query: dict[str, Any]) -> Page:
    """List the members."""
    return context.page(members.visible_to(context.actor), [(Membership.id, uuid.UUID)], query)


@blp.operation(
    "GET",
    "/me",
    operation_id="get_own_membership",
    permission=Permission.MEMBERSHIP_READ,
    returns=(200, Member),
)
def get_own_membership(context: Context) -> Membership:
    """Read your own membership and roles, also when you hold none any more."""
    return members.read(context.session, context.actor, None)


@blp.operation(
    "GET",
    "/<uuid:membership_id>",
    operation_id="get_member",
    permission=Permission.MEMBER_LIST,
    returns=(200, Member),
)
def get_member(context: Context, *, membership_id: uuid.UUID) -> Membership:
    """Read a member."""
    return members.read(context.session, context.actor, membership_id)


@blp.operation(
    "POST",
    "/<uuid:membership_id>/roles",
    operation_id="grant_role",
    permission=Permission.ROLE_GRANT,
    body=RoleGrant,
    returns=(201, Member),
    idempotent=True,
    errors={
        403: "You lack the permission, or it is your own membership.",
        409: "They hold it already, or audit would meet another power.",
    },
    examples={"request": {"role": "steward"}},
)
def grant_role(context: Context, *, membership_id: uuid.UUID, body: dict[str, Any]) -> Membership:
    """Give a member a role.

    Nobody raises themselves, and an auditor holds no other role.
    """
    return members.grant(context.session, context.actor, membership_id, body["role"])


@blp.operation(
    "DELETE",
    "/<uuid:membership_id>/roles/<any(member,steward,brand_owner,auditor):role>",
    operation_id="revoke_role",
    permission=Permission.ROLE_REVOKE,
    returns=(200, Member),
    errors={409: "A community keeps at least one brand owner."},
)
def revoke_role(context: Context, *, membership_id: uuid.UUID, role: str) -> Membership:
    """Take a role from a member."""
    return members.revoke(context.session, context.actor, membership_id, Role(role))


@blp.operation(
    "PUT",
    "/<uuid:membership_id>/verification",
    operation_id="verify_member",
    permission=Permission.MEMBER_VERIFY,
    returns=(200, Member),
    errors={403: "You lack the permission, or it is your own account."},
)
def verify_member(context: Context, *, membership_id: uuid.UUID) -> Membership:
    """Verify a member's account.

    It says that the account is one person's, and their only one here. Where the charter says verified_accounts,
    only members whose account was verified stand on the rolls of ballots opened afterwards. Nobody verifies
    themselves.
    """
    return members.verify(context.session, context.actor, membership_id)


@blp.operation(
    "DELETE",
    "/<uuid:membership_id>/verification",
    operation_id="unverify_member",
    permission=Permission.MEMBER_VERIFY,
    returns=(200, Member),
    errors={404: "No such member, or their account is not verified."},
)
def unverify_member(context: Context, *, membership_id: uuid.UUID) -> Membership:
    """Take a verification back. Rolls already frozen stay as they are."""
    return members.unverify(context.session, context.actor, membership_id)
