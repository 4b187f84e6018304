"""Accounts: register, read and change one's own, and take a copy of what is kept."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from app.api.identity import current_provider
from app.api.v1.accounts.schemas import (
    Account,
    AccountChanges,
    AccountExport,
    PasswordChange,
    Registered,
    Registration,
)
from app.http.blueprint import Blueprint
from app.http.operation import AUTHENTICATED, PUBLIC, Context, Reply, current_kit
from app.models.identity import Account as AccountRow
from app.policies.permissions import Actor
from app.services.identity import accounts

blp = Blueprint(
    "accounts",
    __name__,
    url_prefix="/v1/accounts",
    description="A person's own account.",
)


def account_tag(account: AccountRow) -> tuple[str, uuid.UUID, int]:
    """Return what the entity tag of an account is made of."""
    return ("account", account.id, account.version)


@blp.operation(
    "POST",
    "",
    operation_id="register_account",
    permission=PUBLIC,
    body=Registration,
    returns=(201, Registered),
    location=lambda _registered: "/v1/accounts/me",
    cache_control="no-store",
    errors={409: "The address has an account."},
    examples={
        "request": {
            "email": "ada@example.org",
            "password": "correct horse battery staple",
            "display_name": "Ada",
        }
    },
)
def register_account(context: Context, *, body: dict[str, Any]) -> dict[str, Any]:
    """Open an account and sign in.

    Takes no Idempotency-Key, because stored answers would be stored tokens: after a lost answer a retry says
    that the address has an account, and signing in works.
    """
    account, signed_in = accounts.register(
        context.session, Actor(context.request_id), **body, provider=current_provider()
    )
    return {
        "account": account,
        "session_id": signed_in.session_id,
        "access_token": signed_in.access_token,
        "token_type": signed_in.token_type,
        "expires_in": signed_in.expires_in,
        "refresh_token": signed_in.refresh_token,
    }


@blp.operation(
    "GET",
    "/me",
    operation_id="get_own_account",
    permission=AUTHENTICATED,
    returns=(200, Account),
    etag=account_tag,
)
def get_own_account(context: Context) -> AccountRow:
    """Read your account."""
    return accounts.own_account(context.session, context.actor)


@blp.operation(
    "PATCH",
    "/me",
    operation_id="update_own_account",
    permission=AUTHENTICATED,
    body=AccountChanges,
    returns=(200, Account),
    if_match=True,
    etag=account_tag,
    examples={"request": {"display_name": "Ada L."}},
)
def update_own_account(context: Context, *, body: dict[str, Any]) -> AccountRow:
    """Change your display name.

    The names under which you are already known in communities stay.
    """
    account = accounts.own_account(context.session, context.actor)
    context.check_etag(account_tag(account))
    if "display_name" in body:
        accounts.rename(context.session, context.actor, account, body["display_name"])
    return account


def _prepare_new_password(actor: Actor, arguments: Mapping[str, Any]) -> accounts.NewPassword:
    with current_kit().units.read() as reading:
        return accounts.prepare_new_password(reading, actor, **arguments["body"], provider=current_provider())


@blp.operation(
    "PUT",
    "/me/password",
    operation_id="change_own_password",
    permission=AUTHENTICATED,
    body=PasswordChange,
    prepare=_prepare_new_password,
    returns=(204, None),
    errors={
        401: "The access token is missing or not valid, or the present password is wrong.",
        429: "Too many wrong passwords for this account; Retry-After says how long to wait.",
    },
    examples={
        "request": {
            "current_password": "correct horse battery staple",
            "new_password": "four other words at random",
        }
    },
)
def change_own_password(context: Context, *, body: dict[str, Any], prepared: accounts.NewPassword) -> None:  # noqa: ARG001 - compared and hashed by then
    """Change your password.

    Ends all your other sessions. A wrong present password counts like a failed sign-in.
    """
    accounts.change_password(context.session, context.actor, prepared, current_provider())


@blp.operation(
    "GET",
    "/me/export",
    operation_id="export_own_account",
    permission=AUTHENTICATED,
    returns=(200, AccountExport),
    cache_control="no-store",
)
def export_own_account(context: Context) -> Reply:
    """Download what is kept about you.

    Account, sessions, and memberships with their groups and with whom you let vote for you (GDPR Articles 15 and 20).
    """
    kept = accounts.export(context.session, context.actor)
    memberships = [
        {
            "id": own.membership.id,
            "community_id": own.membership.community_id,
            "reference": own.membership.reference,
            "display_name": own.membership.display_name,
            "joined_at": own.membership.joined_at,
            "left_at": own.membership.left_at,
            "verified_at": own.membership.verified_at,
            "roles": own.roles,
            "delegations_given": own.delegations_given,
            "delegations_received": own.delegations_received,
            "groups": own.groups,
        }
        for own in kept.memberships
    ]
    copy = {"account": kept.account, "sessions": kept.sessions, "memberships": memberships}
    return Reply(copy, headers={"Content-Disposition": 'attachment; filename="althing-account.json"'})
