"""Sign-in sessions: begin, refresh, list, end."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from app.api.identity import current_provider
from app.api.v1.sessions.schemas import Refreshing, Session, SignIn, Tokens
from app.http.blueprint import Blueprint
from app.http.operation import AUTHENTICATED, PUBLIC, Context, current_kit
from app.http.paging import Page, PageQuery, page_schema
from app.models.identity import SignInSession
from app.policies.permissions import Actor
from app.services.identity import sessions
from app.services.identity.accounts import normalise_email
from app.services.identity.sessions import SignedIn

blp = Blueprint(
    "sessions",
    __name__,
    url_prefix="/v1/sessions",
    description="Signing in with a password, staying signed in, and signing out.",
)


def _prove(_nobody: None, arguments: Mapping[str, Any]) -> sessions.Proof:
    email, password = normalise_email(arguments["body"]["email"]), arguments["body"]["password"]
    with current_kit().units.read() as reading:
        return sessions.prove(reading, email=email, password=password, provider=current_provider())


@blp.operation(
    "POST",
    "",
    operation_id="sign_in",
    permission=PUBLIC,
    body=SignIn,
    prepare=_prove,
    returns=(201, Tokens),
    cache_control="no-store",
    errors={
        401: "Address and password do not match, or nobody has this address: the answer is the same.",
        429: "Too many failed sign-ins for this address; Retry-After says how long to wait.",
    },
    examples={"request": {"email": "ada@example.org", "password": "correct horse battery staple"}},
)
def sign_in(context: Context, *, body: dict[str, Any], prepared: sessions.Proof) -> SignedIn:  # noqa: ARG001 - proved by then
    """Sign in.

    Begins a session. Takes no Idempotency-Key, because stored answers would be stored tokens: after a lost
    answer sign in again.
    """
    return sessions.sign_in(context.session, Actor(context.request_id), prepared, current_provider())


@blp.operation(
    "POST",
    "/refresh",
    operation_id="refresh_session",
    permission=PUBLIC,
    body=Refreshing,
    returns=(200, Tokens),
    cache_control="no-store",
    errors={401: "The refresh token is unknown, used, revoked or expired. A second use ends its session."},
    examples={"request": {"refresh_token": "3q2-7wTDnp0Wd3JhbmRvbSBieXRlcyBvbmx5IDp4eHg"}},
)
def refresh_session(context: Context, *, body: dict[str, Any]) -> SignedIn:
    """Exchange a refresh token for new tokens.

    A refresh token works once. Sending it a second time ends the session for whoever holds its tokens,
    because two parties do; that includes the retry of a client that lost the answer, whose user then signs
    in again. Refresh in one place only, and one request at a time.
    """
    return sessions.refresh(
        context.session, Actor(context.request_id), body["refresh_token"], current_provider()
    )


@blp.operation(
    "GET",
    "",
    operation_id="list_sessions",
    permission=AUTHENTICATED,
    query=PageQuery,
    returns=(200, page_schema(Session)),
)
def list_sessions(context: Context, *, query: dict[str, Any]) -> Page:
    """List your living sessions, the newest first."""
    page = context.page(
        sessions.own_sessions(context.actor), [(SignInSession.id, uuid.UUID)], query, descending=True
    )
    items = [
        {
            "id": row.id,
            "created_at": row.created_at,
            "expires_at": row.expires_at,
            "current": row.id == context.actor.session_id,
        }
        for row in page.items
    ]
    return Page(items, page.next_cursor)


@blp.operation(
    "DELETE",
    "/current",
    operation_id="sign_out",
    permission=AUTHENTICATED,
    returns=(204, None),
    errors={404: "Another request ended the session meanwhile."},
)
def sign_out(context: Context) -> None:
    """Sign out.

    Ends the session this request is made in; its tokens work no more.
    """
    sessions.revoke(context.session, context.actor, context.actor.session_id)


@blp.operation(
    "DELETE",
    "/<uuid:session_id>",
    operation_id="end_session",
    permission=AUTHENTICATED,
    returns=(204, None),
)
def end_session(context: Context, *, session_id: uuid.UUID) -> None:
    """End one of your sessions, as after losing a device."""
    sessions.revoke(context.session, context.actor, session_id)
