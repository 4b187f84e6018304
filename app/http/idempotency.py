"""Idempotency-Key (IETF draft-ietf-httpapi-idempotency-key-header-06): a retry gets the first answer.

The record is inserted in the transaction of the effect. A second request with the same key waits for the
first one's commit and replays its answer; if the first one fails, its record goes with it and the second
one runs. So no refused request burns its key: no 4xx and no 5xx is ever stored, business conflicts (409)
included, and the retry of a refused request is judged anew.

An answer may hold what is shown once, such as an invitation's code. Every kept body is therefore sealed under a
key made from the installation's secret and the Idempotency-Key, of which the database holds only a digest: the
same request opens it again, and neither a stolen database nor whoever has the secret as well can read it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import os
import re
import uuid
from dataclasses import dataclass, field
from typing import Any, cast

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import Request, Response
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.http.problems import Fault, ProblemError
from app.models.idempotency import IdempotencyRecord

#: How long answers are kept. Longer keeps personal data for nothing, shorter misses a client's weekend retry.
KEPT = dt.timedelta(hours=48)

#: The draft wants a structured-field string, Stripe and its imitators send it bare: both are accepted.
KEY_PATTERN = r'^"?[A-Za-z0-9_-]{1,255}"?$'

_KEY = re.compile(r'"?([A-Za-z0-9_-]{1,255})"?')

#: Headers that belong to the answer itself; the rest is set anew on each response.
_KEPT_HEADERS = ("Content-Type", "ETag", "Location", "Link")

#: PostgreSQL's lock_not_available: the first request still runs after lock_timeout.
_LOCK_NOT_AVAILABLE = "55P03"

_NONCE_BYTES = 12


@dataclass(frozen=True, slots=True)
class Claim:
    """A request's place in the store, before it is known whether it is the first.

    ``sealing_key`` (AES-256) is this request's alone; it is never stored.
    """

    id: bytes
    community_id: uuid.UUID | None
    actor: str
    request_sha256: bytes
    sealing_key: bytes = field(repr=False)


def require_key(request: Request) -> str:
    """Return the key of a request that must have one.

    :raises ProblemError: 400 when it is missing or malformed.
    """
    match = _KEY.fullmatch(request.headers.get("Idempotency-Key", ""))
    if match is None:
        raise ProblemError(
            "idempotency-key-required",
            "Send an Idempotency-Key of 1 to 255 letters, digits, hyphens and underscores; a UUID is best.",
            faults=[Fault("Idempotency-Key", "Missing or malformed.", "header")],
        )
    return match[1]


def read_claim(
    request: Request,
    *,
    actor: str | None,
    community_id: uuid.UUID | None,
    secret: bytes,
    content: bytes | None = None,
) -> Claim:
    """Read the key of a request that must have one.

    :param actor: the principal's identity; None for anonymous requests, which nothing but their content tells
        apart, so that one stranger's key says nothing about another's request.
    :param secret: the kit's ``answer_key``.
    :param content: what stands for the body where it is not in memory, such as its digest.
    :raises ProblemError: 400 when the key is missing or malformed.
    """
    key = require_key(request)
    content = request.get_data() if content is None else content
    if request.query_string:
        content = request.query_string + b"\n" + content
    fingerprint = hashlib.sha256(content).digest()
    owner = fingerprint.hex() if actor is None else actor
    place = (str(community_id or ""), owner, request.method, request.path, key)
    # NUL cannot occur in any part, so no two places share a text.
    text = "\0".join(place).encode()
    sealing_key = hmac.digest(secret, text, "sha256")
    return Claim(hashlib.sha256(text).digest(), community_id, actor or "", fingerprint, sealing_key)


def replay_or_reserve(session: Session, claim: Claim, now: dt.datetime) -> Response | None:
    """Reserve the key, or return the answer already given under it.

    Waits while another transaction holds the key: on PostgreSQL for its row, up to lock_timeout; on SQLite
    the write lock has already made it wait.

    :param now: any clock accurate to minutes will do: it only ages records.
    :return: None when the request is the first and must run, else the response to send.
    :raises ProblemError: 422 when the key belongs to a request with another body, or when the answer was kept
        under another secret; 409 when that request is
        still running after the lock timeout.
    """
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    fresh = {
        "id": claim.id,
        "community_id": claim.community_id,
        "actor": claim.actor,
        "request_sha256": claim.request_sha256,
        "status": None,
        "headers": None,
        "body": None,
        "expires_at": now + KEPT,
    }
    table = IdempotencyRecord.__table__
    statement = insert(table).values(fresh)
    # rowcount means different things on the two databases; a returned row means one: the key is ours.
    statement = statement.on_conflict_do_update(
        index_elements=[table.c.id],
        set_={name: statement.excluded[name] for name in fresh if name != "id"},
        where=table.c.expires_at <= now,
    )
    try:
        won = session.execute(statement.returning(table.c.id)).first()
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", None) == _LOCK_NOT_AVAILABLE:
            raise ProblemError("idempotency-key-in-flight", headers={"Retry-After": "1"}) from None
        raise
    if won is not None:
        return None
    record = session.execute(sa.select(table).where(table.c.id == claim.id)).one()
    if record.request_sha256 != claim.request_sha256:
        raise ProblemError(
            "idempotency-key-reused",
            "The key was used for a request with another body; use a fresh one.",
            faults=[Fault("Idempotency-Key", "Already used for another body.", "header")],
        )
    response = Response(_unseal(claim, record.body), status=record.status)
    del response.headers["Content-Type"]
    response.headers.extend([tuple(header) for header in record.headers])
    response.headers["Idempotent-Replayed"] = "true"
    return response


def keep(session: Session, claim: Claim, response: Response) -> None:
    """Store the answer in the transaction that caused it.

    :param response: a success; its body is complete in memory.
    """
    headers = [[name, response.headers[name]] for name in _KEPT_HEADERS if name in response.headers]
    session.execute(
        sa.update(IdempotencyRecord)
        .where(IdempotencyRecord.id == claim.id)
        .values(status=response.status_code, headers=headers, body=_seal(claim, response.get_data())),
        execution_options={"synchronize_session": False},
    )


def _seal(claim: Claim, body: bytes) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(claim.sealing_key).encrypt(nonce, body, claim.id)


def _unseal(claim: Claim, sealed: bytes) -> bytes:
    try:
        return AESGCM(claim.sealing_key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], claim.id)
    except InvalidTag:
        # Carrying it out a second time is the one wrong answer.
        raise ProblemError(
            "idempotency-key-reused",
            "The request was carried out, and its answer was kept under a secret this installation no longer has.",
        ) from None


def delete_expired(session: Session, now: dt.datetime) -> int:
    """Delete the records whose time has passed; the worker's chore.

    :return: how many were deleted.
    """
    statement = sa.delete(IdempotencyRecord).where(IdempotencyRecord.expires_at <= now)
    result = session.execute(statement, execution_options={"synchronize_session": False})
    return cast("sa.CursorResult[Any]", result).rowcount
