"""The OpenAPI 3.1 description of an operation, derived from its declaration.

Every status an operation can answer with is listed; what the kit does by itself is described here once, as
components.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import marshmallow as ma

from app.http.idempotency import KEY_PATTERN
from app.http.operation import PUBLIC, Operation, Shape
from app.http.parsing import JSON, MERGE_PATCH
from app.http.problems import MEDIA_TYPE, ProblemSchema

if TYPE_CHECKING:
    from apispec import APISpec

SECURITY_SCHEME = "bearerAuth"

IF_MATCH_PATTERN = r'^("[!#-~]+"|\*)$'

_HEADERS: dict[str, dict[str, Any]] = {
    "X-Request-Id": {
        "description": "Names this request in logs and problems; yours if you sent 1 to 64 letters, digits, "
        "hyphens and underscores. The audit log, which nobody can erase, takes yours only if it is a UUID.",
        "required": True,
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"},
    },
    "ETag": {
        "description": "Strong tag of this version (RFC 9110); send it in If-Match to change the document.",
        "schema": {"type": "string", "pattern": '^"[^"]+"$'},
    },
    "Location": {
        "description": "Where the created document is.",
        "schema": {"type": "string", "format": "uri-reference"},
    },
    "Link": {
        "description": 'The next page as rel="next" (RFC 8288); absent on the last.',
        "schema": {"type": "string"},
    },
    "Idempotent-Replayed": {
        "description": "true when this is the stored answer of an earlier request with the same "
        "Idempotency-Key.",
        "schema": {"type": "string", "enum": ["true"]},
    },
    "Retry-After": {
        "description": "Seconds to wait before the next attempt.",
        "required": True,
        "schema": {"type": "string", "pattern": "^[0-9]+$"},
    },
    "RateLimit": {
        "description": 'What is left of the quota: "policy";r=remaining;t=seconds until it is full again.',
        "schema": {"type": "string"},
    },
    "RateLimit-Policy": {
        "description": 'The quota: "policy";q=requests;w=seconds.',
        "schema": {"type": "string"},
    },
    "WWW-Authenticate": {
        "description": "How to authenticate (RFC 6750).",
        "required": True,
        "schema": {"type": "string"},
    },
    "Accept-Patch": {"description": "Media types PATCH accepts.", "schema": {"type": "string"}},
    "Content-Disposition": {"description": "The file name offered.", "schema": {"type": "string"}},
    "Repr-Digest": {
        "description": "SHA-256 of the whole representation (RFC 9530).",
        "schema": {"type": "string", "pattern": "^sha-256=:[A-Za-z0-9+/=]+:$"},
    },
}

_PARAMETERS: dict[str, dict[str, Any]] = {
    "Idempotency-Key": {
        "required": True,
        "description": "Your name for this attempt, best a UUID; bare or quoted. The same key with the same "
        "body replays the first answer for 48 hours and does nothing again. Refused requests (4xx, 5xx) are "
        "not kept: after one, the same key may be used again.",
        "schema": {"type": "string", "pattern": KEY_PATTERN},
    },
    "If-Match": {
        "required": True,
        "description": "The ETag of the version you read; * changes whatever version there is.",
        "schema": {"type": "string", "pattern": IF_MATCH_PATTERN},
    },
    "If-None-Match": {
        "description": "An ETag you hold; the answer is 304 when it is still current.",
        "schema": {"type": "string"},
    },
}

_ERRORS: dict[int, str] = {
    400: "The request cannot be read: malformed JSON, an unexpected body, a bad Idempotency-Key or a cursor "
    "of another list.",
    401: "The access token is missing or not valid.",
    403: "You are known here, and may not do this.",
    404: "There is no such thing, or it is not yours to see; the answer is the same.",
    409: "The present state does not allow this, or a request with this Idempotency-Key is still running.",
    412: "The document has changed since you read it (If-Match).",
    413: "The body is too large.",
    415: "The body's media type or encoding is not accepted.",
    422: "The request does not follow its schema, or the Idempotency-Key belongs to another body.",
    428: "If-Match is required.",
    429: "Too many requests.",
    500: "A defect of this service; the request was not carried out.",
    503: "The service cannot answer right now.",
}

_HEADERS_OF_ERROR: dict[int, tuple[str, ...]] = {
    401: ("WWW-Authenticate",),
    415: ("Accept-Patch",),
    429: ("Retry-After", "RateLimit", "RateLimit-Policy"),
    503: ("Retry-After",),
}


def register_components(spec: APISpec) -> None:
    """Add the shared headers, parameters, error responses and the security scheme to a specification."""
    for name, header in _HEADERS.items():
        spec.components.header(name, header)
    for name, parameter in _PARAMETERS.items():
        spec.components.parameter(name, "header", parameter, lazy=True)
    for status, sentence in _ERRORS.items():
        spec.components.response(_name(status), _problem(status, sentence), lazy=True)
    spec.components.response(
        _name(HTTPStatus.NOT_MODIFIED),
        {"description": "You hold the current version.", "headers": _references("X-Request-Id", "ETag")},
        lazy=True,
    )
    spec.components.security_scheme(
        SECURITY_SCHEME,
        {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "A short-lived access token (RFC 9068).",
        },
    )


def describe(operation: Operation) -> dict[str, Any]:
    """Build the OpenAPI Operation Object; schemas stand in it as marshmallow instances."""
    document: dict[str, Any] = {
        "operationId": operation.operation_id,
        "summary": operation.summary,
        "x-permission": str(operation.permission),
        "security": _security(operation),
        "parameters": _parameters(operation),
        "responses": {
            **{status: _success(operation, status, shape) for status, shape in operation.returns.items()},
            **_errors(operation),
        },
    }
    if operation.description:
        document["description"] = operation.description
    if operation.body is not None:
        document["requestBody"] = {"required": True, "content": _body_content(operation)}
        if operation.most_bytes is not None:
            document["requestBody"]["description"] = f"At most {operation.most_bytes} bytes."
    return document


def _security(operation: Operation) -> list[dict[str, list[str]]]:
    if operation.permission is PUBLIC:
        return []
    return [{SECURITY_SCHEME: []}, {}] if operation.visitors else [{SECURITY_SCHEME: []}]


def _parameters(operation: Operation) -> list[Any]:
    parameters: list[Any] = []
    if operation.query is not None:
        parameters.append({"in": "query", "schema": operation.query})
    if operation.idempotent:
        parameters.append("Idempotency-Key")
    if operation.if_match:
        parameters.append("If-Match")
    if operation.is_get and operation.etag is not None:
        parameters.append("If-None-Match")
    return parameters


def _body_content(operation: Operation) -> dict[str, Any]:
    if isinstance(operation.body, str):
        # Bounded in bytes, which a schema of characters cannot say: the body's description does.
        media: dict[str, Any] = {"schema": {"type": "string", "contentMediaType": operation.body}}
        types = [operation.body]
    else:
        media = {"schema": operation.body}
        types = [MERGE_PATCH, JSON] if operation.method == "PATCH" else [JSON]
    if "request" in operation.examples:
        media["example"] = operation.examples["request"]
    elif "requests" in operation.examples:
        media["examples"] = {name: {"value": v} for name, v in operation.examples["requests"].items()}
    return {media_type: dict(media) for media_type in types}


def _success(operation: Operation, status: int, shape: Shape) -> dict[str, Any]:
    names = ["X-Request-Id", "RateLimit", "RateLimit-Policy"]
    if operation.etag is not None:
        names.append("ETag")
    if operation.location is not None and status == HTTPStatus.CREATED:
        names.append("Location")
    if operation.idempotent:
        names.append("Idempotent-Replayed")
    if isinstance(shape, ma.Schema) and {"items", "next_cursor"} <= set(shape.fields):
        names.append("Link")
    if isinstance(shape, str | tuple):
        names += ["Content-Disposition", "Repr-Digest"]
    response: dict[str, Any] = {
        "description": HTTPStatus(status).phrase,
        "headers": _references(*names),
    }
    if isinstance(shape, str | tuple):
        types = (shape,) if isinstance(shape, str) else shape
        response["content"] = {media_type: {"schema": _raw(media_type)} for media_type in types}
    elif shape is not None:
        media: dict[str, Any] = {"schema": shape}
        if "response" in operation.examples and status == next(iter(operation.returns)):
            media["example"] = operation.examples["response"]
        response["content"] = {JSON: media}
    return response


def _raw(media_type: str) -> dict[str, Any]:
    """Describe content that no schema dumps: JSON is read as JSON, anything else is text."""
    is_json = media_type == JSON or media_type.endswith("+json")
    return {"type": "object"} if is_json else {"type": "string"}


def _errors(operation: Operation) -> dict[int, Any]:
    possible = {400, 422, 429, 500, 503}
    if operation.permission is not PUBLIC:
        possible |= {401, 403}
    if "<" in operation.rule:
        possible.add(404)
    if operation.idempotent:
        possible.add(409)
    if operation.if_match:
        possible |= {412, 428}
    if operation.body is not None:
        possible |= {413, 415}
    responses: dict[int, Any] = {status: _name(status) for status in possible}
    if operation.is_get and operation.etag is not None:
        responses[304] = _name(HTTPStatus.NOT_MODIFIED)
    for status, sentence in operation.errors.items():
        responses[status] = _problem(status, sentence)
    return dict(sorted(responses.items()))


def _problem(status: int, sentence: str) -> dict[str, Any]:
    return {
        "description": sentence,
        "headers": _references("X-Request-Id", *_HEADERS_OF_ERROR.get(status, ())),
        "content": {MEDIA_TYPE: {"schema": ProblemSchema}},
    }


def _name(status: int) -> str:
    """Name a stock response; HTTPStatus's own names differ between Python versions."""
    return f"Status{int(status)}"


def _references(*names: str) -> dict[str, str]:
    return {name: name for name in names}
