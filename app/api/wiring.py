"""The hooks by which the HTTP kit reaches identity, policies and communities."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
import sqlalchemy.exc
from flask import Request, g
from sqlalchemy.orm import Session

from app.api.identity import current_provider
from app.api.v1.audit.catching_up import CAUGHT_UP
from app.db.units import Units, WorkDue
from app.domain.errors import PROBLEMS, Problem, refuse
from app.http.operation import AUTHENTICATED
from app.models.communities import Community
from app.policies.permissions import Actor, Permission
from app.services import access
from app.services.identity.sessions import recognise
from app.services.proposals.settlement import settle
from app.services.translog.log import TransparencyLog
from app.services.translog.reading import EntriesDue

_BEARER = re.compile(r"[Bb][Ee][Aa][Rr][Ee][Rr] +([A-Za-z0-9._~+/=-]+)")

#: What a violated constraint means to the client; any other violation is a defect and answers 500.
CONSTRAINTS: Mapping[str, Problem] = {
    "uq_accounts_email": PROBLEMS["email-taken"],
    "uq_communities_slug": PROBLEMS["slug-taken"],
    "uq_memberships_community_id_account_id": PROBLEMS["already-member"],
    "pk_membership_roles": PROBLEMS["role-already-held"],
    "uq_token_accounts_community_id_name": PROBLEMS["account-name-taken"],
}

_STEPS_TAKEN = "steps_taken"

_ORIGINS_SECONDS = 10.0
_MOST_CACHED = 10_000


def authenticate(request: Request) -> Actor:
    """Return whom the bearer token speaks for (RFC 6750 section 2.1).

    :raises Refusal: ``invalid-token`` without a token, or with one that does not verify.
    """
    header = request.headers.get("Authorization", "")
    if not header:
        raise refuse("invalid-token", "This operation needs an access token.")
    match = _BEARER.fullmatch(header)
    if match is None:
        raise refuse("invalid-token", "Send Authorization: Bearer and the access token.")
    identity = current_provider().tokens.verify(match[1])
    return Actor(
        request_id=g.audit_request_id, account_id=identity.account_id, session_id=identity.session_id
    )


def authorise(session: Session, actor: Actor | None, permission: str, path_args: Mapping[str, Any]) -> Actor:
    """Return the actor inside the community of the path, or signed in where any account may call.

    :param actor: None for a visitor.
    :raises Refusal: ``invalid-token``, ``not-found`` or ``forbidden``.
    """
    if permission == Permission.LOG_READ and access.has_public_log(session, path_args["community_id"]):
        return actor or Actor(request_id=g.audit_request_id)
    if actor is None:
        raise refuse("invalid-token", "This operation needs an access token.")
    if permission == AUTHENTICATED:
        return recognise(session, actor)
    return access.enter(
        session,
        actor,
        path_args["community_id"],
        Permission(permission),
        steps_taken=g.get(_STEPS_TAKEN, default=False),
    )


class CatchUp:
    """Does what a request found due in a community, before the request is run again.

    That is the clock's steps, and the sequencing of entries that a reader of the log must not miss.
    """

    def __init__(self, units: Units, log: TransparencyLog) -> None:
        self._units = units
        self._log = log

    def __call__(self, due: WorkDue) -> None:
        """Settle the community, or sequence its log; where a step failed, let this request go on without it.

        :raises WorkDue: for work of another kind, which nobody here knows how to do.
        """
        if isinstance(due, EntriesDue):
            self._log.catch_up(due.log_id)
            setattr(g, CAUGHT_UP, True)
            return
        if not isinstance(due, access.StepsDue):
            raise due
        settled = settle(self._units, due.community_id)
        setattr(g, _STEPS_TAKEN, not settled.complete)


class AllowedOrigins:
    """The origins whose scripts may call for a community, read from the database and kept for seconds."""

    def __init__(self, units: Units) -> None:
        self._units = units
        self._known: dict[uuid.UUID, tuple[float, frozenset[str]]] = {}

    def __call__(self, community_id: uuid.UUID | None) -> frozenset[str]:
        """Return the origins of a community.

        Outside communities (signing in, receipts) every community's origins may call: nothing there is a
        community's own, and no credentials travel by themselves.

        While the database is away, what was known last still holds: that answer is not the place to say so, and
        a probe that needs no database must not fail for a header.
        """
        key = community_id or uuid.UUID(int=0)
        expires, origins = self._known.get(key, (0.0, frozenset()))
        if expires > time.monotonic():
            return origins
        statement = sa.select(Community.allowed_origins)
        if community_id is not None:
            statement = statement.where(Community.id == community_id)
        try:
            with self._units.read() as session:
                origins = frozenset(origin for row in session.scalars(statement) for origin in row)
        except sqlalchemy.exc.SQLAlchemyError:
            return origins
        if len(self._known) >= _MOST_CACHED:
            self._known.clear()
        self._known[key] = (time.monotonic() + _ORIGINS_SECONDS, origins)
        return origins
