"""What an endpoint is: its declaration, its view's context, and the hooks the application supplies."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol, cast
from uuid import UUID

import marshmallow as ma
import sqlalchemy as sa
from flask import Request, current_app
from sqlalchemy.orm import Session

from app.db.clock import database_now
from app.db.units import WorkDue
from app.domain.errors import Problem
from app.http.etags import matches_strongly, opaque_tag
from app.http.paging import Order, Page, page
from app.http.problems import ProblemError
from app.models.base import Base


class Access(StrEnum):
    """Who may call an operation that no permission guards."""

    PUBLIC = "public"
    AUTHENTICATED = "authenticated"


#: No token is needed, and one that is sent is not looked at.
PUBLIC = Access.PUBLIC
#: Any signed-in account.
AUTHENTICATED = Access.AUTHENTICATED


class Principal(Protocol):
    """Who is asking, as the authenticator found out."""

    @property
    def identity(self) -> str:
        """Stable name of the account or API key, unique in the installation, at most 255 characters."""


class Units(Protocol):
    """Opens transactions. ``write`` commits on a clean exit and rolls back on an exception."""

    def read(self) -> AbstractContextManager[Session]:
        """Yield a session that sees one instant and keeps nothing."""

    def scratch(self) -> AbstractContextManager[Session]:
        """Yield a session that may make temporary tables, and keeps nothing."""

    def write(self) -> AbstractContextManager[Session]:
        """Yield a session whose changes are committed when the block ends well."""


@dataclass(frozen=True, slots=True)
class RateLimit:
    """The state of one quota after a request was counted (IETF draft-ietf-httpapi-ratelimit-headers).

    ``quota`` requests per ``window`` seconds; ``remaining`` are left until ``reset`` seconds from now.
    """

    policy: str
    quota: int
    window: int
    remaining: int
    reset: int
    exceeded: bool = False


def _no_origins(_community_id: UUID | None) -> frozenset[str]:
    return frozenset()


@dataclass(frozen=True, slots=True)
class Kit:
    """What create_app supplies, as ``app.extensions["althing"]``.

    :param units: opens transactions.
    :param authenticate: request -> principal; raises a Refusal of kind UNAUTHENTICATED.
    :param authorise: (session, principal, permission, path arguments) -> actor or None; raises a Refusal of
        kind NOT_FOUND or FORBIDDEN. Called for every operation that is not PUBLIC, with AUTHENTICATED itself
        as permission where any account may call, and with None as principal for a visitor where the operation
        takes visitors.
    :param cursor_key: secret under which cursors are signed, the same on every host.
    :param answer_key: secret by which the answers kept for retries are sealed, likewise.
    :param constraints: constraint name -> the problem its violation means. Any other violation is a defect.
    :param metadata: the tables, to find a constraint's name where the database does not tell it.
    :param allowed_origins: community id, or None outside communities -> exact origins that may call.
    :param throttle: (request, principal, operation id) -> the state of the quota, or None when not counted.
    :param catch_up: does the work that a unit of work found due; the request is then run again.
    """

    units: Units
    authenticate: Callable[[Request], Principal]
    authorise: Callable[[Session, Any, str, Mapping[str, Any]], Any]
    cursor_key: bytes
    answer_key: bytes
    constraints: Mapping[str, Problem] = field(default_factory=dict)
    metadata: sa.MetaData = Base.metadata
    allowed_origins: Callable[[UUID | None], frozenset[str]] = _no_origins
    throttle: Callable[[Request, Any, str], RateLimit | None] | None = None
    catch_up: Callable[[WorkDue], None] | None = None


def current_kit() -> Kit:
    """Return the running application's hooks."""
    return cast("Kit", current_app.extensions["althing"])


@dataclass(frozen=True, slots=True)
class Encoded:
    """A result that is JSON already, exactly as the declared schema would dump it; for the hottest paths."""

    body: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """A result with something its declaration does not fix.

    :param result: dumped by the schema declared for the status.
    :param status: one of the operation's declared success statuses; None is the first.
    :param headers: further response headers.
    """

    result: Any
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


#: What an answer holds: what a schema dumps, raw content of one of these media types, or nothing.
Shape = ma.Schema | str | tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Operation:
    """The declaration of one endpoint; see :meth:`app.http.blueprint.Blueprint.operation`.

    ``body`` and the values of ``returns`` are schema instances, or a media type when the content is raw
    (several where a Stream names its own); a value of None is an empty answer. The first status of ``returns``
    is the default.
    """

    method: str
    rule: str
    operation_id: str
    permission: str
    summary: str
    description: str
    returns: Mapping[int, Shape]
    body: ma.Schema | str | None = None
    query: ma.Schema | None = None
    most_bytes: int | None = None
    spooled: bool = False
    scratch: bool = False
    visitors: bool = False
    anonymous: bool = False
    idempotent: bool = False
    if_match: bool = False
    writes: bool | None = None
    prepare: Callable[[Any, Mapping[str, Any]], Any] | None = None
    shortcut: Callable[[Any, Mapping[str, Any]], Any] | None = None
    etag: Callable[[Any], Sequence[object]] | None = None
    location: Callable[[Any], str] | None = None
    cache_control: str | None = None
    errors: Mapping[int, str] = field(default_factory=dict)
    examples: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_get(self) -> bool:
        """Whether it is a GET, which If-None-Match makes conditional (RFC 9110 section 13.1.2)."""
        return self.method == "GET"

    @property
    def reads(self) -> bool:
        """Whether the operation runs in a read transaction: GET does, unless declared otherwise."""
        return self.method == "GET" if self.writes is None else not self.writes


class Context:
    """What a view knows of its request: made anew for each attempt of the transaction.

    Attributes: ``session`` of the unit of work; ``principal`` (None for PUBLIC); ``actor`` as the authoriser
    resolved it, else None; ``request_id`` as the audit log is to know it.
    """

    def __init__(self, *, session: Session, principal: Any, request: Request, request_id: str) -> None:
        self.session = session
        self.principal = principal
        self.actor: Any = None
        self.request_id = request_id
        self.etag_checked = False
        self._request = request
        self._now: dt.datetime | None = None

    def now(self) -> dt.datetime:
        """Read the database's clock, once per transaction.

        Where a deadline decides, lock the row that decides first: the first call fixes the answer.

        :return: an aware UTC datetime.
        """
        if self._now is None:
            self._now = database_now(self.session)
        return self._now

    def check_etag(self, parts: Sequence[object]) -> None:
        """Compare If-Match with the tag of the version about to be changed (RFC 9110 section 13.1.1).

        :param parts: as the ``etag`` of the operation that reads the document.
        :raises ProblemError: 412 when the document has changed, or the tag is weak.
        """
        self.etag_checked = True
        if not matches_strongly(self._request.headers.get("If-Match", ""), opaque_tag(parts)):
            raise ProblemError("precondition-failed")

    def page(
        self, statement: sa.Select[Any], order: Order, query: Mapping[str, Any], *, descending: bool = False
    ) -> Page:
        """Read the page of a list that the query asks for; see :func:`app.http.paging.page`.

        The cursor is bound to path, principal and every other query parameter.

        :param query: as loaded by :class:`app.http.paging.PageQuery` or a schema derived from it.
        """
        filters = {k: str(v) for k, v in query.items() if k not in {"limit", "cursor"}}
        identity = None if self.principal is None else self.principal.identity
        return page(
            self.session,
            statement,
            order,
            limit=query["limit"],
            cursor=query["cursor"],
            key=current_kit().cursor_key,
            scope=json.dumps([self._request.path, identity, filters], sort_keys=True),
            descending=descending,
        )
