"""Members of a community, their roles and holdings."""

from __future__ import annotations

import uuid
from typing import Any

from app.api.v1.members.schemas import Holding, HoldingSetting, Member, RoleGrant
from app.http.blueprint import Blueprint
from app.http.operation import Context
from app.http.paging import Page, PageQuery, page_schema
from app.models.communities import Membership
from app.policies.permissions import Permission, Role
from app.services.communities import joining, members

blp = Blueprint(
    "members",
    __name__,
    url_prefix="/v1/communities/<uuid:community_id>/members",
    description="Members of a community, their roles and their token holdings.",
)


def _holding(membership: Membership, found: Any) -> dict[str, Any]:
    return {
        "membership_id": membership.id,
        "amount": found.amount if found else 0,
        "version": found.version if found else 0,
    }


def holding_tag(holding: dict[str, Any]) -> tuple[str, uuid.UUID, int]:
    """Return what the entity tag of a holding is made of."""
    return ("holding", holding["membership_id"], holding["version"])


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
    "GET",
    "/<uuid:membership_id>/holding",
    operation_id="get_holding",
    permission=Permission.HOLDING_READ,
    returns=(200, Holding),
    etag=holding_tag,
)
def get_holding(context: Context, *, membership_id: uuid.UUID) -> dict[str, Any]:
    """Read a member's token holding."""
    membership = members.read(context.session, context.actor, membership_id)
    return _holding(membership, members.holding(context.session, membership))


@blp.operation(
    "PUT",
    "/<uuid:membership_id>/holding",
    operation_id="set_holding",
    permission=Permission.HOLDING_SET,
    body=HoldingSetting,
    returns=(200, Holding),
    if_match=True,
    etag=holding_tag,
    errors={409: "The community's supply would exceed 2^53 - 1."},
    examples={"request": {"amount": 2500}},
)
def set_holding(context: Context, *, membership_id: uuid.UUID, body: dict[str, Any]) -> dict[str, Any]:
    """Record a member's token holding.

    It weighs in ballots opened afterwards, never in one already open.
    """
    actor, _ = joining.lock_roles(context.session, context.actor, Permission.HOLDING_SET)
    membership = members.read(context.session, actor, membership_id)
    context.check_etag(holding_tag(_holding(membership, members.holding(context.session, membership))))
    found = members.set_holding(context.session, actor, membership, body["amount"])
    return _holding(membership, found)
