"""Problem documents (RFC 9457): the one shape of every error.

Rules of HTTP itself stand in :data:`HTTP_PROBLEMS` and are raised as :class:`ProblemError`; reasons of the
domain are :class:`app.domain.errors.Refusal`. :func:`problem_response` is the only place that writes a body.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import marshmallow as ma
from flask import Response, g, has_request_context, request

from app.domain.errors import Kind, Refusal
from app.http.encoding import encode_json

MEDIA_TYPE = "application/problem+json"

#: Seconds a client is asked to wait before it tries again (RFC 9110 section 10.2.3).
RETRY_AFTER = "30"

#: Errors listed in one answer; a body with a million mistakes does not earn a million sentences.
MOST_ERRORS = 50

STATUS_OF_KIND: Mapping[Kind, int] = {
    Kind.INVALID: 422,
    Kind.UNAUTHENTICATED: 401,
    Kind.FORBIDDEN: 403,
    Kind.NOT_FOUND: 404,
    Kind.CONFLICT: 409,
    Kind.PRECONDITION: 412,
    Kind.TOO_MANY: 429,
    Kind.UNAVAILABLE: 503,
}


@dataclass(frozen=True, slots=True)
class HttpProblem:
    """A rule of HTTP or of the media types, broken before any use case saw the request."""

    slug: str
    status: int
    title: str


_HTTP_PROBLEMS = (
    HttpProblem("malformed-json", 400, "The body is not strict JSON"),
    HttpProblem("unexpected-body", 400, "This operation takes no body"),
    HttpProblem("invalid-cursor", 400, "The cursor was not issued for this list"),
    HttpProblem("idempotency-key-required", 400, "The Idempotency-Key is missing or malformed"),
    HttpProblem("malformed-if-match", 400, "If-Match is not a list of entity tags"),
    HttpProblem("idempotency-key-in-flight", 409, "A request with this Idempotency-Key is still running"),
    HttpProblem("idempotency-key-reused", 422, "The Idempotency-Key belongs to another request"),
    HttpProblem("identifies-sender", 400, "This request must not tell who sends it"),
    HttpProblem("precondition-failed", 412, "The document has changed since you read it"),
    HttpProblem("precondition-required", 428, "This request must carry If-Match"),
    HttpProblem("body-too-large", 413, "The body is too large"),
    HttpProblem("unsupported-media-type", 415, "The body's media type is not accepted here"),
    HttpProblem("unsupported-encoding", 415, "Encoded bodies are not accepted"),
    HttpProblem("invalid-request", 422, "The request does not follow its documented schema"),
    HttpProblem("database-unavailable", 503, "The service cannot answer right now"),
)

#: Every problem the kit itself answers with, by slug. Documentation is derived from it.
HTTP_PROBLEMS: Mapping[str, HttpProblem] = {entry.slug: entry for entry in _HTTP_PROBLEMS}


@dataclass(frozen=True, slots=True)
class Fault:
    """One mistake in a request: where it is and what it is.

    ``member`` says what ``place`` means: "pointer" (RFC 6901, into the body), "parameter" (of the query) or
    "header".
    """

    place: str
    detail: str
    member: str = "pointer"


class ProblemError(Exception):
    """A request refused by the kit.

    :param slug: a key of :data:`HTTP_PROBLEMS`.
    :param detail: what is wrong this time, in one sentence; never echoes secrets.
    :param faults: the places of the mistakes.
    :param headers: further response headers.
    :raises KeyError: for an unknown slug: a defect of the caller.
    """

    def __init__(
        self,
        slug: str,
        detail: str = "",
        *,
        faults: Sequence[Fault] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.problem = HTTP_PROBLEMS[slug]
        self.detail = detail or self.problem.title
        self.faults = list(faults)
        self.headers = dict(headers or {})
        super().__init__(self.detail)


def faults_of(messages: Any, member: str = "pointer") -> list[Fault]:
    """Flatten marshmallow's nested messages.

    :param messages: ``ValidationError.messages``: nested dicts whose leaves are lists of sentences.
    :param member: "pointer" gives RFC 6901 pointers ("#/options/0/title"); anything else the plain name.
    :return: at most :data:`MOST_ERRORS` faults, ordered by place: marshmallow's own order changes from process
        to process.
    """
    faults = []
    for path, sentence in _leaves(messages, ()):
        if member == "pointer":
            place = "#" + "".join("/" + str(s).replace("~", "~0").replace("/", "~1") for s in path)
        else:
            place = str(path[0]) if path else ""
        faults.append(Fault(place, sentence, member))
    return sorted(faults, key=lambda fault: fault.place)[:MOST_ERRORS]


def _leaves(messages: Any, path: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], str]]:
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            # "_schema" is marshmallow's name for the object itself.
            yield from _leaves(inner, path if key == "_schema" else (*path, key))
    elif isinstance(messages, list | tuple):
        for inner in messages:
            yield from _leaves(inner, path)
    else:
        yield path, str(messages)


def request_id() -> str | None:
    """Return this request's id, or None outside a request."""
    return g.get("request_id") if has_request_context() else None


def problem_response(
    status: int,
    *,
    slug: str | None = None,
    title: str | None = None,
    detail: str | None = None,
    faults: Sequence[Fault] = (),
    extensions: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Build an ``application/problem+json`` response (RFC 9457 section 3).

    :param status: 400..599; also the member ``status``.
    :param slug: becomes the type ``/problems/<slug>``; an absolute URI stands as it is; None is
        ``about:blank``, whose title is the status phrase.
    :param extensions: further members; they cannot replace the standard ones.
    """
    if slug is None:
        type_, title = "about:blank", title or HTTPStatus(status).phrase
    else:
        type_ = slug if ":" in slug else f"/problems/{slug}"
    body: dict[str, Any] = dict(extensions or {})
    body |= {"type": type_, "title": title, "status": status}
    if detail:
        body["detail"] = detail
    if has_request_context():
        body["instance"] = quote(request.path)
        body["request_id"] = request_id()
    if faults:
        body["errors"] = [{f.member: f.place, "detail": f.detail} for f in faults]
    response = Response(encode_json(body), status=status, content_type=MEDIA_TYPE)
    if status in {429, 503}:
        response.headers["Retry-After"] = RETRY_AFTER
    if headers:
        response.headers.update(headers)
    return response


def refusal_response(refusal: Refusal) -> Response:
    """Answer a refusal of the domain.

    A ``retry_after`` extension (whole seconds, at least 0) becomes the Retry-After header of a 429 or 503.
    """
    problem, extensions = refusal.problem, dict(refusal.extensions)
    status = STATUS_OF_KIND[problem.kind]
    headers: dict[str, str] = {}
    if "retry_after" in extensions:
        headers["Retry-After"] = str(extensions["retry_after"])
    if challenge := _challenge(status, problem.slug):
        headers["WWW-Authenticate"] = challenge
    return problem_response(
        status,
        slug=problem.slug,
        title=problem.title,
        detail=refusal.detail,
        faults=[Fault(pointer, detail) for pointer, detail in refusal.errors],
        extensions=extensions,
        headers=headers,
    )


def _challenge(status: int, slug: str) -> str | None:
    """Build WWW-Authenticate as RFC 6750 section 3 asks: no error code when no credentials were sent."""
    if status == HTTPStatus.UNAUTHORIZED:
        if has_request_context() and "Authorization" in request.headers:
            return 'Bearer realm="althing", error="invalid_token"'
        return 'Bearer realm="althing"'
    if slug == "insufficient-scope":
        return 'Bearer realm="althing", error="insufficient_scope"'
    return None


class FaultSchema(ma.Schema):
    """Documents one mistake in a request."""

    pointer = ma.fields.String(
        metadata={
            "description": "JSON pointer (RFC 6901) into the request body.",
            "example": "#/options/0/title",
        }
    )
    parameter = ma.fields.String(metadata={"description": "Name of the query parameter."})
    header = ma.fields.String(metadata={"description": "Name of the request header."})
    detail = ma.fields.String(required=True, metadata={"description": "What is wrong with it."})


class ProblemSchema(ma.Schema):
    """Documents a problem object. Bodies are written by :func:`problem_response`, not dumped through it."""

    class Meta:
        """Problem types may add members (RFC 9457 section 3.2)."""

        unknown = ma.INCLUDE

    type = ma.fields.String(
        required=True,
        metadata={
            "format": "uri-reference",
            "description": "Identifies the reason; stable for ever. about:blank when the status says all.",
            "example": "/problems/invalid-request",
        },
    )
    title = ma.fields.String(required=True, metadata={"description": "The reason in a short sentence."})
    status = ma.fields.Integer(required=True, metadata={"description": "The status code of the response."})
    detail = ma.fields.String(metadata={"description": "What happened this time."})
    instance = ma.fields.String(
        metadata={"format": "uri-reference", "description": "The path that was asked for."}
    )
    request_id = ma.fields.String(
        required=True, metadata={"description": "Quote it when you report the problem."}
    )
    errors = ma.fields.List(
        ma.fields.Nested(FaultSchema), metadata={"description": "The mistakes in the request."}
    )
