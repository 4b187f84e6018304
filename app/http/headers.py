"""Headers every answer carries: request id, security headers, CORS, rate limits."""

from __future__ import annotations

import re
import time
import uuid
from typing import Any

from flask import Flask, Response, current_app, g, request

from app.http.operation import RateLimit, current_kit

_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_UNTELLING_ID = re.compile(r"[0-9a-fA-F]{32}|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")

SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-site",
    "Cache-Control": "no-store",
}
STRICT_TRANSPORT_SECURITY = "max-age=31536000; includeSubDomains"

ALLOWED_HEADERS = "Authorization, Content-Type, If-Match, If-None-Match, Idempotency-Key, X-Request-Id"
EXPOSED_HEADERS = (
    "ETag, Location, Link, Retry-After, RateLimit, RateLimit-Policy, X-Request-Id, Deprecation, Sunset, "
    "Idempotent-Replayed, Content-Disposition, Repr-Digest"
)
PREFLIGHT_SECONDS = "7200"


def register_headers(app: Flask, *, behind_tls: bool) -> None:
    """Install the hooks that read and write these headers.

    :param behind_tls: whether clients reach the service by https, so that browsers may be told to insist.
    """
    app.before_request(_begin)
    app.before_request(_judge_origin)

    by_lower_name = {name.lower(): (name, value) for name, value in fixed_headers(behind_tls=behind_tls)}

    @app.after_request
    def _finish(response: Response) -> Response:
        headers = response.headers
        present = {name.lower() for name, _ in headers}
        headers.extend([pair for name, pair in by_lower_name.items() if name not in present])
        headers.add("X-Request-Id", g.get("request_id") or uuid.uuid4().hex)
        _add_cors(response)
        _add_rate_limit(response)
        return response


def fixed_headers(*, behind_tls: bool) -> list[tuple[str, str]]:
    """Return the headers that every answer carries unless it says otherwise itself."""
    strict = [("Strict-Transport-Security", STRICT_TRANSPORT_SECURITY)] if behind_tls else []
    return [*SECURITY_HEADERS.items(), *strict]


def request_id_from(offered: str) -> str:
    """Return the client's own id of its request where it has the right form, else a new one."""
    return offered if _REQUEST_ID.fullmatch(offered) else uuid.uuid4().hex


def audit_request_id_from(request_id: str) -> str:
    """Return the id under which the audit log is to know a request.

    The log is for ever, and a client may write a name or a number into its id: only a UUID is kept as it came,
    with or without hyphens. The access log joins the two.
    """
    return request_id if _UNTELLING_ID.fullmatch(request_id) else uuid.uuid4().hex


def _begin() -> None:
    g.started = time.perf_counter()
    g.request_id = request_id_from(request.headers.get("X-Request-Id", ""))
    g.audit_request_id = audit_request_id_from(g.request_id)


def _judge_origin() -> Response | None:
    """Decide whether the Origin may call, and answer a preflight; it carries no token (Fetch standard)."""
    origin = request.headers.get("Origin")
    if origin is None:
        return None
    view_args: dict[str, Any] = request.view_args or {}
    # Exact comparison: no case folding, no suffixes, and "null" is on nobody's list.
    allowed = origin in current_kit().allowed_origins(view_args.get("community_id"))
    g.allowed_origin = origin if allowed else None
    is_preflight = request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
    if not is_preflight or request.routing_exception is not None:
        return None
    response = current_app.make_default_options_response()
    response.status_code = 204
    del response.headers["Content-Type"]
    if allowed:
        response.headers["Access-Control-Allow-Methods"] = response.headers["Allow"]
        response.headers["Access-Control-Allow-Headers"] = ALLOWED_HEADERS
        response.headers["Access-Control-Max-Age"] = PREFLIGHT_SECONDS
    return response


def _add_cors(response: Response) -> None:
    # Also without an Origin: a cache must not serve this answer to one.
    response.headers.add("Vary", "Origin")
    if origin := g.get("allowed_origin"):
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = EXPOSED_HEADERS


def announce_rate_limit(limit: RateLimit) -> None:
    """Have this request's answer carry the RateLimit fields (IETF draft of September 2025)."""
    g.rate_limit = limit


def _add_rate_limit(response: Response) -> None:
    limit: RateLimit | None = g.get("rate_limit")
    if limit is not None:
        response.headers["RateLimit-Policy"] = f'"{limit.policy}";q={limit.quota};w={limit.window}'
        response.headers["RateLimit"] = f'"{limit.policy}";r={limit.remaining};t={limit.reset}'
