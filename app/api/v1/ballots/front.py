"""Casting in front of Flask: the one request that must cost hardly more than storing it.

Takes only the plainest form of ``cast_vote`` and answers only success, in the very words of the ordinary
route; every other request, and every cast that is not simply made, goes on to Flask untouched.
"""

from __future__ import annotations

import io
import re
import time
import uuid
from collections.abc import Callable, Iterable
from typing import Any

import sqlalchemy.exc

from app.api.v1.ballots.hot_path import WAITED, encoded, promise
from app.domain.errors import Refusal
from app.http.headers import audit_request_id_from, fixed_headers, request_id_from
from app.http.logging import log_access
from app.http.parsing import load_json
from app.policies.permissions import Actor
from app.services.ballots.casting_fast import FastCasting
from app.services.ballots.casting_request import WaitedInVain
from app.services.identity.access_tokens import AccessTokens
from app.services.translog.log import TransparencyLog

StartResponse = Callable[..., Any]
Application = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]

ROUTE = "/v1/communities/<uuid:community_id>/ballots/<uuid:ballot_id>/votes/me"

_UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_PATH = re.compile(f"/v1/communities/({_UUID})/ballots/({_UUID})/votes/me")
_BEARER = re.compile(r"Bearer ([A-Za-z0-9._~+/=-]+)")

#: Longer bodies are read by the ordinary route, with its limits and refusals.
MOST_BYTES = 16_384

#: Whatever asks for more than the plainest answer is Flask's.
_SPECIAL = ("HTTP_ORIGIN", "HTTP_CONTENT_ENCODING", "HTTP_TRANSFER_ENCODING", "HTTP_EXPECT")


class CastingFront:
    """WSGI middleware around the application.

    :param inner: the application.
    :param behind_tls: as for the application's own headers.
    :param most_bytes: the application's limit of bodies.
    """

    def __init__(
        self,
        inner: Application,
        casting: FastCasting,
        tokens: AccessTokens,
        log: TransparencyLog,
        *,
        behind_tls: bool,
        most_bytes: int,
    ) -> None:
        self._most_bytes = min(MOST_BYTES, most_bytes)
        self._inner = inner
        self._casting = casting
        self._tokens = tokens
        self._log = log
        self._headers = [
            ("Content-Type", "application/json"),
            ("Vary", "Authorization"),
            ("Vary", "Origin"),
            *fixed_headers(behind_tls=behind_tls),
        ]

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer a cast that can be made, and pass everything else on."""
        place = _PATH.fullmatch(environ["PATH_INFO"]) if environ["REQUEST_METHOD"] == "PUT" else None
        if place is None or not _is_plain(environ, self._most_bytes):
            return self._inner(environ, start_response)
        started = time.perf_counter()
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        environ["wsgi.input"] = io.BytesIO(body)  # for Flask, should it have to read it again
        request_id = request_id_from(environ.get("HTTP_X_REQUEST_ID", ""))
        audit_request_id = audit_request_id_from(request_id)
        answer = None
        try:
            answer = self._cast(environ, place, body, audit_request_id)
        except WaitedInVain as vain:
            environ[WAITED] = vain.waited  # for the ordinary route, which must not wait once more
        except sqlalchemy.exc.SQLAlchemyError:
            pass  # lost: the ordinary route meets the same and answers 503
        if answer is None:
            return self._inner(environ, start_response)
        headers = [*self._headers, ("X-Request-Id", request_id), ("Content-Length", str(len(answer)))]
        log_access("PUT", ROUTE, 201, started, (request_id, audit_request_id))
        start_response("201 CREATED", headers)
        return [answer]

    def _cast(
        self, environ: dict[str, Any], place: re.Match[str], body: bytes, audit_request_id: str
    ) -> bytes | None:
        bearer = _BEARER.fullmatch(environ.get("HTTP_AUTHORIZATION", ""))
        if bearer is None:
            return None
        try:
            identity = self._tokens.verify(bearer[1])
            document = load_json(body)
        except (Refusal, ValueError):
            return None
        if not isinstance(document, dict) or document.keys() != {"choice"}:
            return None
        actor = Actor(audit_request_id, account_id=identity.account_id, session_id=identity.session_id)
        community_id = uuid.UUID(place[1])
        receipt = self._casting.cast(actor, community_id, uuid.UUID(place[2]), document["choice"])
        if receipt is None:
            return None
        return encoded(receipt, promise(self._log, community_id, receipt)).body


def _is_plain(environ: dict[str, Any], most_bytes: int) -> bool:
    length = environ.get("CONTENT_LENGTH") or ""
    return (
        environ.get("CONTENT_TYPE") == "application/json"
        and length.isascii()
        and length.isdigit()
        and int(length) <= most_bytes
        and not environ.get("QUERY_STRING")
        and not any(name in environ for name in _SPECIAL)
    )
