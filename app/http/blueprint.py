"""One way to declare an endpoint: ``@blp.operation`` on a plain function."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import flask_smorest
import marshmallow as ma
from flask import Response
from flask_smorest.utils import resolve_schema_instance

from app.http.description import describe
from app.http.operation import PUBLIC, Operation
from app.http.pipeline import View, run

_View = TypeVar("_View", bound=Callable[..., Any])
_Schema = ma.Schema | type[ma.Schema]
_Shape = _Schema | str | tuple[str, ...] | None

_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})


class Blueprint(flask_smorest.Blueprint):
    """A group of operations under one tag and URL prefix.

    ``operations`` lists them as declared.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.operations: list[Operation] = []

    def operation(
        self,
        method: str,
        rule: str,
        *,
        operation_id: str,
        permission: str,
        returns: tuple[int, _Shape] | Sequence[tuple[int, _Shape]],
        body: _Schema | str | None = None,
        query: _Schema | None = None,
        most_bytes: int | None = None,
        spooled: bool = False,
        visitors: bool = False,
        anonymous: bool = False,
        idempotent: bool = False,
        if_match: bool = False,
        writes: bool | None = None,
        scratch: bool = False,
        prepare: Callable[[Any, Mapping[str, Any]], Any] | None = None,
        shortcut: Callable[[Any, Mapping[str, Any]], Any] | None = None,
        etag: Callable[[Any], Sequence[object]] | None = None,
        location: Callable[[Any], str] | None = None,
        cache_control: str | None = None,
        errors: Mapping[int, str] | None = None,
        summary: str | None = None,
        description: str | None = None,
        examples: Mapping[str, Any] | None = None,
    ) -> Callable[[_View], _View]:
        """Register a view as an endpoint and describe it in the OpenAPI document.

        The view is called as ``view(context, *, body, query, **path_args)``, with ``body`` and ``query`` only
        where they are declared, and ``community_id``, which the authoriser has looked at, only where the view
        names it. It returns a result that the schema dumps, or Reply, Page, Stream, bytes,
        str or None. It may be called again when the transaction is retried. The function itself is returned
        unchanged.

        :param method: GET, POST, PUT, PATCH or DELETE. GET runs in a read transaction.
        :param rule: appended to the blueprint's prefix; "" for the collection itself, never a trailing slash.
        :param operation_id: unique in the API, snake_case.
        :param permission: a permission, PUBLIC or AUTHENTICATED; there is no default.
        :param returns: (status, schema), (status, None) for no content, (status, media type) for raw content,
            (status, media types) for a Stream that is of one of them; or several such pairs, the first being
            the default and the others chosen by Reply.
        :param body: schema of a JSON body, or the media type of a raw one, which arrives as bytes.
        :param query: schema whose fields are the query parameters; derive lists from PageQuery.
        :param most_bytes: overrides MAX_CONTENT_LENGTH for this operation.
        :param spooled: the raw body is large: it is taken in only from those who may send it, and arrives as an
            :class:`app.http.uploads.Upload`.
        :param idempotent: requires an Idempotency-Key and replays; POST only.
        :param if_match: requires If-Match; the view must call ``context.check_etag``.
        :param visitors: also without a token, where the authoriser lets visitors in.
        :param anonymous: of a public operation: a request that says who sends it is refused, and none is logged.
        :param writes: overrides what the method implies: True for a GET that may complete what is due, such
            as the first reading of a result (an effect no client asked for, RFC 9110 section 9.2.1), False
            for a POST that computes an answer and keeps nothing.
        :param scratch: of an operation that keeps nothing: it needs temporary tables to compute its answer.
        :param prepare: (principal, arguments) -> what the view gets as ``prepared``. Done before the transaction is
            opened, for slow work such as hashing a password, which there would hold SQLite's only write lock.
            Nobody has been authorised yet: it refuses whoever must not cause the work.
        :param shortcut: (principal, arguments) -> a result, or None to go the ordinary way. Tried before any
            transaction is opened, for the few paths that must be as fast as the database; it checks
            permissions by itself.
        :param etag: result -> (kind, id, version). On GET, If-None-Match is honoured.
        :param location: result -> the Location of a 201.
        :param cache_control: replaces no-store (or private, no-cache where there is an ETag).
        :param errors: further statuses and why they happen, in words; replaces the stock sentence.
        :param summary: first line of the docstring by default.
        :param description: rest of the docstring by default.
        :param examples: "request" (or "requests", several by name) and "response" bodies for the document.
        :raises TypeError: for a declaration that contradicts itself.
        """

        def decorate(view: _View) -> _View:
            lines = inspect.cleandoc(view.__doc__ or "").split("\n", 1)
            pairs = [returns] if isinstance(returns, tuple) and isinstance(returns[0], int) else returns
            operation = Operation(
                method=method,
                rule=f"{self.url_prefix or ''}{rule}",
                operation_id=operation_id,
                permission=permission,
                summary=(summary or lines[0]).rstrip("."),
                description=description if description is not None else _prose(lines[1:]),
                returns={status: resolve_schema_instance(shape) for status, shape in pairs},  # type: ignore[misc]
                body=resolve_schema_instance(body),
                query=resolve_schema_instance(query),
                most_bytes=most_bytes,
                spooled=spooled,
                visitors=visitors,
                anonymous=anonymous,
                idempotent=idempotent,
                if_match=if_match,
                writes=writes,
                scratch=scratch,
                prepare=prepare,
                shortcut=shortcut,
                etag=etag,
                location=location,
                cache_control=cache_control,
                errors=errors or {},
                examples=examples or {},
            )
            _check(operation, rule)
            self._add(operation, rule, view)
            return view

        return decorate

    def route(self, rule: str, **_options: Any) -> Any:
        """Refuse the other way: it would know neither permission nor transaction.

        :raises TypeError: always.
        """
        raise TypeError(f"declare {rule} with operation()")

    def _add(self, operation: Operation, rule: str, view: View) -> None:
        takes_community = "community_id" in inspect.signature(view).parameters

        def endpoint(**path_args: Any) -> Response:
            return run(operation, view, path_args, hidden=() if takes_community else ("community_id",))

        endpoint.__name__ = operation.operation_id
        endpoint._apidoc = {"manual_doc": describe(operation)}  # type: ignore[attr-defined] # noqa: SLF001 - where flask-smorest looks
        self.operations.append(operation)
        self.add_url_rule(rule, operation.operation_id, endpoint, methods=[operation.method])


def _prose(rest: list[str]) -> str:
    """Join the lines of each paragraph: a docstring's line breaks are the editor's, not the reader's."""
    text = rest[0].strip() if rest else ""
    return re.sub(r"(?<![\n:])\n(?![\n\s*-])", " ", text)


def _check(operation: Operation, rule: str) -> None:
    """Refuse a declaration that cannot be kept.

    :raises TypeError: naming the operation and the contradiction.
    """
    complaints = {
        "method must be one of " + ", ".join(sorted(_METHODS)): operation.method not in _METHODS,
        "the rule must not end in a slash": rule.endswith("/"),
        "operation_id must be snake_case": not re.fullmatch(r"[a-z][a-z0-9_]*", operation.operation_id),
        "a summary or docstring is required": not operation.summary,
        "a shortcut knows neither keys nor If-Match": operation.shortcut is not None
        and (operation.idempotent or operation.if_match),
        "what is spooled is a raw body of bounded size": operation.spooled
        and not (isinstance(operation.body, str) and operation.most_bytes),
        "scratch tables are for what keeps nothing": operation.scratch and not operation.reads,
        "only what is public can be anonymous": operation.anonymous and operation.permission is not PUBLIC,
        "only POST can be idempotent by key": operation.idempotent and operation.method != "POST",
        "only GET needs to say that it writes": operation.writes and operation.method != "GET",
        "GET has no body": operation.method == "GET" and operation.body is not None,
        "GET has no If-Match": operation.method == "GET" and operation.if_match,
        "the first status must be a success": not 200 <= next(iter(operation.returns)) < 300,  # noqa: PLR2004 - RFC 9110 section 15.3
        "errors must be 4xx or 5xx": any(status < 400 for status in operation.errors),  # noqa: PLR2004 - RFC 9110 section 15.5
    }
    for complaint, applies in complaints.items():
        if applies:
            raise TypeError(f"{operation.operation_id}: {complaint}")
