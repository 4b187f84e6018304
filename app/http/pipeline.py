"""How a request becomes an answer: authenticate, parse, prepare, open the transaction, authorise, run, commit.

Nothing of a refused request is kept, and no client hears of success before the commit. Authentication comes
first, so that a stranger learns nothing from how a body is judged and costs no parsing.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import time
from collections.abc import Callable, Collection, Mapping
from http import HTTPStatus
from typing import Any, Protocol, runtime_checkable
from urllib.parse import urlencode

import sqlalchemy.exc
from flask import Response, g, request
from sqlalchemy.orm import Session

from app.db.units import WorkDue
from app.http.encoding import encode_json
from app.http.etags import is_well_formed, matches_weakly, opaque_tag
from app.http.exports import Stream, stream_response
from app.http.failures import is_transient
from app.http.headers import announce_rate_limit
from app.http.idempotency import Claim, keep, read_claim, replay_or_reserve, require_key
from app.http.operation import PUBLIC, Context, Encoded, Kit, Operation, RateLimit, Reply, Shape, current_kit
from app.http.paging import Page
from app.http.parsing import read_json, read_query, read_raw, refuse_body
from app.http.problems import Fault, ProblemError, problem_response
from app.http.uploads import Upload, receive, require_acceptable

View = Callable[..., Any]


@runtime_checkable
class Closing(Protocol):
    """What a request prepared and is to be closed when it has been answered, such as a file."""

    def close(self) -> None:
        """Let go of it."""


#: A transaction that lost a deadlock or a serialization race is run again this many times.
RETRIES = 3
_PAUSE_SECONDS = 0.01

QUOTA_EXCEEDED = "https://iana.org/assignments/http-problem-types#quota-exceeded"


def run(
    operation: Operation, view: View, path_args: Mapping[str, Any], *, hidden: Collection[str] = ()
) -> Response:
    """Answer the current request with an operation.

    :param view: ``view(context, *, body=..., query=..., **path_args)`` -> result, Reply, Page, Stream, bytes
        or None.
    :param hidden: path arguments that the view does not take.
    :raises ProblemError, Refusal: what was wrong; the application's error handler answers.
    """
    kit = current_kit()
    if operation.anonymous:
        _require_anonymity()
    principal = None if _is_visit(operation) else kit.authenticate(request)
    if kit.throttle is not None and (limit := kit.throttle(request, principal, operation.operation_id)):
        announce_rate_limit(limit)
        if limit.exceeded:
            return _quota_exceeded(limit)
    _require_if_match(operation, request.headers.get("If-Match", ""))
    with contextlib.ExitStack() as held:
        upload = _take_in(kit, operation, principal, path_args, held)
        arguments = read_arguments(operation, upload)
        if operation.shortcut is not None:
            result = operation.shortcut(principal, {**arguments, **path_args})
            if result is not None:
                return answer(operation, result)
        claim = _claim(operation, principal, path_args, None if upload is None else upload.digest)
        fixed = {name: value for name, value in path_args.items() if name not in hidden}
        fixed |= _prepare(operation, principal, {**arguments, **path_args}, held)

        def attempt() -> Response:
            return _transact(
                kit, operation, view, principal=principal, claim=claim, arguments={**arguments, **fixed}
            )

        for turn in range(RETRIES + 1):
            if turn:  # the view may have changed what it was given
                arguments = read_arguments(operation, upload)
            if (response := _tried(kit, attempt, turn)) is not None:
                return response
    raise AssertionError("unreachable: the last attempt returns or raises")


def _take_in(
    kit: Kit,
    operation: Operation,
    principal: Any,
    path_args: Mapping[str, Any],
    held: contextlib.ExitStack,
) -> Upload | None:
    """Take in a large body from whoever may send it; who may not is refused before it is read.

    The permission is asked for again in the transaction that acts on it.

    :param held: closes it in the end.
    :return: None where the operation has no such body.
    """
    if not operation.spooled:
        return None
    most_bytes = _most_bytes(operation)
    require_acceptable(request, str(operation.body), most_bytes)
    read_query(request, operation.query)
    if operation.idempotent:
        require_key(request)
    if operation.permission is not PUBLIC:
        # Work that is due is done for the request itself.
        with kit.units.read() as session, contextlib.suppress(WorkDue):
            kit.authorise(session, principal, operation.permission, path_args)
    upload = receive(request, most_bytes)
    held.callback(upload.close)
    return upload


def _most_bytes(operation: Operation) -> int:
    assert operation.most_bytes is not None  # noqa: S101 - nothing is spooled without a limit
    return operation.most_bytes


def _prepare(
    operation: Operation, principal: Any, arguments: Mapping[str, Any], held: contextlib.ExitStack
) -> dict[str, Any]:
    if operation.prepare is None:
        return {}
    prepared = operation.prepare(principal, arguments)
    if isinstance(prepared, Closing):
        held.callback(prepared.close)
    return {"prepared": prepared}


def _is_visit(operation: Operation) -> bool:
    """Say whether nobody is to be authenticated: none has to be, or none asks for it where visitors are heard."""
    return operation.permission is PUBLIC or (operation.visitors and "Authorization" not in request.headers)


def _tried(kit: Kit, attempt: Callable[[], Response], turn: int) -> Response | None:
    """Run a transaction once; None where it is to be run again.

    That is where it lost a race, and where other work turned out to be due first.
    """
    try:
        return attempt()
    except WorkDue as due:
        if kit.catch_up is None or turn == RETRIES:
            raise
        kit.catch_up(due)
    except sqlalchemy.exc.DBAPIError as error:
        if turn == RETRIES or not is_transient(error):
            raise
        time.sleep(_PAUSE_SECONDS * 2**turn)
    return None


def _claim(
    operation: Operation, principal: Any, path_args: Mapping[str, Any], content: bytes | None
) -> Claim | None:
    if not operation.idempotent:
        return None
    identity = None if principal is None else principal.identity
    return read_claim(
        request,
        actor=identity,
        community_id=path_args.get("community_id"),
        secret=current_kit().answer_key,
        content=content,
    )


def _require_anonymity() -> None:
    """Refuse a request that says who sends it, and keep the access log from saying when such requests came.

    :raises ProblemError: ``identifies-sender``.
    """
    g.unlogged = True
    if carried := [name for name in ("Authorization", "Cookie") if name in request.headers]:
        raise ProblemError(
            "identifies-sender",
            f"Send it without {' and '.join(carried)}: nothing may tell whose it is.",
            faults=[Fault(name, "Tells who sends the request.", "header") for name in carried],
        )


def _require_if_match(operation: Operation, condition: str) -> None:
    """Refuse an edit that does not say which version it edits (RFC 6585 section 3)."""
    if not operation.if_match:
        return
    if not condition.strip():
        raise ProblemError("precondition-required")
    if not is_well_formed(condition):
        raise ProblemError(
            "malformed-if-match",
            'Send the ETag as you received it, quotes included: If-Match: "...".',
            faults=[Fault("If-Match", "Not a list of quoted entity tags.", "header")],
        )


def read_arguments(operation: Operation, upload: Upload | None = None) -> dict[str, Any]:
    """Read and validate the current request's query and body.

    :param upload: the body, where it has been taken in.
    :return: the view's keyword arguments: ``query`` and ``body`` as far as the operation declares them.
    :raises ProblemError: 400, 413, 415 or 422.
    """
    arguments: dict[str, Any] = {}
    query = read_query(request, operation.query)
    if operation.query is not None:
        arguments["query"] = query
    if upload is not None:
        arguments["body"] = upload
    elif operation.body is None:
        refuse_body(request)
    elif isinstance(operation.body, str):
        arguments["body"] = read_raw(request, (operation.body,), most_bytes=operation.most_bytes)
    else:
        arguments["body"] = read_json(request, operation.body, most_bytes=operation.most_bytes)
    return arguments


def _transact(
    kit: Kit,
    operation: Operation,
    view: View,
    *,
    principal: Any,
    claim: Claim | None,
    arguments: Mapping[str, Any],
) -> Response:
    """Run one attempt in its own transaction; the commit happens when the unit of work closes."""
    with _unit(kit, operation) as session:
        context = Context(
            session=session, principal=principal, request=request, request_id=g.audit_request_id
        )
        if operation.permission is not PUBLIC:
            path_args = request.view_args or {}
            context.actor = kit.authorise(session, principal, operation.permission, path_args)
        if claim is None:
            response = _perform(operation, view, context, arguments)
        else:
            response = _perform_once(operation, view, context, arguments, claim)
    return response


def _unit(kit: Kit, operation: Operation) -> contextlib.AbstractContextManager[Session]:
    if operation.scratch:
        return kit.units.scratch()
    return kit.units.read() if operation.reads else kit.units.write()


def _perform_once(
    operation: Operation, view: View, context: Context, arguments: Mapping[str, Any], claim: Claim
) -> Response:
    replay = replay_or_reserve(context.session, claim, dt.datetime.now(dt.UTC))
    if replay is not None:
        _add_caching(operation, replay)
        return replay
    response = _perform(operation, view, context, arguments)
    keep(context.session, claim, response)
    return response


def _perform(operation: Operation, view: View, context: Context, arguments: Mapping[str, Any]) -> Response:
    result = view(context, **arguments)
    if operation.if_match and not context.etag_checked:
        # Raised before the commit: an edit that compared nothing may have overwritten another's.
        raise RuntimeError(f"{operation.operation_id} declares if_match and never called check_etag")
    if not operation.reads:
        context.session.flush()
    return answer(operation, result)


def answer(operation: Operation, result: Any) -> Response:
    """Turn a view's result into the response its operation declares.

    :raises KeyError: for a status the operation does not declare: a defect of the view.
    """
    reply = result if isinstance(result, Reply) else Reply(result)
    result = reply.result
    status = next(iter(operation.returns)) if reply.status is None else reply.status
    tag = None if operation.etag is None else opaque_tag(operation.etag(result))
    if tag is not None and operation.is_get and _is_known(tag):
        status, response = HTTPStatus.NOT_MODIFIED, _content(None, None, HTTPStatus.NOT_MODIFIED)
    else:
        response = _content(result, operation.returns[status], status)
    if tag is not None:
        response.set_etag(tag)
    if operation.location is not None and status == HTTPStatus.CREATED:
        response.headers["Location"] = operation.location(result)
    if isinstance(result, Page) and result.next_cursor is not None:
        response.headers["Link"] = _next_link(result.next_cursor)
    if reply.headers:
        response.headers.update(reply.headers)
    _add_caching(operation, response)
    return response


def _is_known(tag: str) -> bool:
    return matches_weakly(request.headers.get("If-None-Match", ""), tag)


def _content(result: Any, shape: Shape, status: int) -> Response:
    if isinstance(result, Stream):
        return stream_response(result, status)
    if shape is None:
        response = Response(status=status)
        del response.headers["Content-Type"]
        return response
    if isinstance(result, Encoded):
        return Response(result.body, status=status, content_type="application/json")
    if isinstance(shape, str):
        # str and bytes alike; werkzeug adds the charset to text types given as mimetype.
        return Response(result, status=status, mimetype=shape)
    return Response(encode_json(shape.dump(result)), status=status, content_type="application/json")


def _add_caching(operation: Operation, response: Response) -> None:
    """Say who may keep the answer; without a word here nobody may (the default is no-store)."""
    if operation.cache_control is not None:
        response.headers["Cache-Control"] = operation.cache_control
    elif operation.etag is not None:
        response.headers["Cache-Control"] = "private, no-cache"
    if operation.permission is not PUBLIC:
        response.headers.add("Vary", "Authorization")


def _next_link(cursor: str) -> str:
    """Build the Link to the next page (RFC 8288): this request's URL with another cursor."""
    parameters = [(k, v) for k, v in request.args.items(multi=True) if k != "cursor"]
    return f'<{request.base_url}?{urlencode([*parameters, ("cursor", cursor)])}>; rel="next"'


def _quota_exceeded(limit: RateLimit) -> Response:
    return problem_response(
        429,
        slug=QUOTA_EXCEEDED,
        title="Too many requests",
        detail=f"The quota {limit.policy} is used up.",
        extensions={"violated-policies": [limit.policy]},
        headers={"Retry-After": str(max(limit.reset, 1))},
    )
