"""Access tokens: short-lived JWTs in the profile of RFC 9068, hardened as RFC 8725 asks.

Only this service issues and reads them, so reading demands exactly what issuing writes: one algorithm, one
type, three header members, canonical base64url, JSON without floats or repeated names. That a token verifies
does not mean that its session still lives: :func:`app.services.identity.sessions.recognise` and
:func:`app.services.access.enter` ask the database on each request.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import secrets
import time
import uuid
from collections.abc import Callable
from typing import Any, NoReturn

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.utils import base64url_decode, base64url_encode
from sqlalchemy.orm import Session

from app.config import Settings
from app.db.units import Units
from app.domain.canonical_json import canonical_json
from app.domain.errors import Refusal, refuse
from app.services.identity.key_ring import KeyRing
from app.services.identity.signing_keys import (
    ALGORITHM,
    CLOCK_SKEW,
    LONGEST_TOKEN,
    KeySeal,
    ensure_first_key,
    signing_kid,
)
from app.services.identity.verified_tokens import Identity, VerifiedToken, VerifiedTokens

#: RFC 9068 demands a client; accounts sign in through the community's own portals, which are not told apart.
CLIENT_ID = "portal"
MOST_CHARACTERS = 8192
TYPES = frozenset({"at+jwt", "application/at+jwt"})
LONGEST_TEXT = 255

_KID = re.compile(r"[A-Za-z0-9_-]{43}")  # an RFC 7638 thumbprint
_LONGEST_INTEGER = 16


class AccessTokens:
    """Issues and verifies access tokens; one per process, shared by its threads.

    :param clock: Unix seconds, by which expiry is judged.
    """

    def __init__(self, settings: Settings, units: Units, *, clock: Callable[[], float] = time.time) -> None:
        self.lifetime = settings.access_token_seconds
        self.seal = KeySeal(settings.secret_key)
        self._issuer = settings.issuer
        self._audience = settings.audience
        self._clock = clock
        self._ring = KeyRing(units)
        self._verified = VerifiedTokens()
        self._signers: dict[str, ec.EllipticCurvePrivateKey] = {}
        self._jws = jwt.PyJWS(algorithms=[ALGORITHM])

    def issue(self, session: Session, account_id: uuid.UUID, session_id: uuid.UUID, now: dt.datetime) -> str:
        """Sign a token that lives ``lifetime`` seconds, with the key that signs now; the first is made here.

        :param now: the instant by the database's clock.
        :raises app.config.SettingsError: when the secret does not open the signing key.
        """
        # Which key signs is asked each time, so that a rotation at once works at once; the key itself is kept.
        kid = signing_kid(session)
        private = None if kid is None else self._signers.get(kid)
        if private is None:
            key = ensure_first_key(session, self.seal)
            kid, private = key.kid, self.seal.unseal(key)
            self._signers = {kid: private}  # one key signs at a time
        issued = int(now.timestamp())
        claims = {
            "iss": self._issuer,
            "aud": self._audience,
            "sub": str(account_id),
            "client_id": CLIENT_ID,
            "iat": issued,
            "exp": issued + self.lifetime,
            "jti": secrets.token_urlsafe(16),
            "sid": str(session_id),
        }
        return self._jws.encode(
            canonical_json(claims),
            private,
            algorithm=ALGORITHM,
            headers={"typ": "at+jwt", "kid": kid},
        )

    def verify(self, token: str) -> Identity:
        """Return whom a token speaks for.

        :param token: any text a client cares to send.
        :raises Refusal: ``invalid-token``, with the same words whatever is wrong.
        """
        if not 0 < len(token) <= MOST_CHARACTERS or not token.isascii():
            raise _invalid()
        digest = VerifiedTokens.digest(token)
        known = self._verified.find(digest, self._clock())
        if known is not None:
            if self._ring.find(known.kid) is None:  # retired since
                self._verified.drop(digest)
                raise _invalid()
            return known.identity
        try:
            verified = self._read(token)
        except (ValueError, RecursionError, jwt.PyJWTError):
            raise _invalid() from None
        self._verified.remember(digest, verified)
        return verified.identity

    def _read(self, token: str) -> VerifiedToken:
        """Check a token from its outside inwards.

        ValueError, RecursionError or PyJWTError says that it is none of ours.
        """
        head, payload, signature = token.split(".")
        kid = _kid(_object(_segment(head)))
        _segment(signature)
        key = self._ring.find(kid)
        if key is None:
            raise ValueError
        self._jws.decode_complete(token, key, algorithms=[ALGORITHM])
        return self._claims(_object(_segment(payload)), kid)

    def _claims(self, claims: dict[str, Any], kid: str) -> VerifiedToken:
        _demand(claims["iss"] == self._issuer and claims["aud"] == self._audience)
        _demand(all(_is_text(claims[name]) for name in ("sub", "sid", "jti", "client_id")))
        issued, expires = claims["iat"], claims["exp"]
        _demand(type(issued) is int and type(expires) is int)
        _demand(0 < expires - issued <= LONGEST_TOKEN.total_seconds())
        now = self._clock()
        _demand(issued - CLOCK_SKEW.total_seconds() <= now < expires)
        identity = Identity(account_id=_uuid(claims["sub"]), session_id=_uuid(claims["sid"]))
        return VerifiedToken(identity=identity, kid=kid, expires=expires)


def _invalid() -> Refusal:
    return refuse("invalid-token", "The access token is invalid or has expired.")


def _demand(condition: bool) -> None:  # noqa: FBT001 - reads as the demand it makes
    if not condition:
        raise ValueError


def _kid(header: dict[str, Any]) -> str:
    """Return the name of the key; it is looked up and never otherwise interpreted."""
    _demand(header.keys() == {"alg", "kid", "typ"})  # so jku, jwk, x5u, crit and b64 are never looked at
    _demand(header["alg"] == ALGORITHM)
    _demand(isinstance(header["typ"], str) and header["typ"].lower() in TYPES)
    kid = header["kid"]
    if not isinstance(kid, str) or _KID.fullmatch(kid) is None:
        raise ValueError
    return kid


def _segment(text: str) -> bytes:
    """Decode base64url (RFC 7515 section 2); ValueError for any but the one spelling of the bytes."""
    raw = base64url_decode(text)
    _demand(base64url_encode(raw).decode() == text)
    return raw


def _object(raw: bytes) -> dict[str, Any]:
    value = json.loads(
        raw.decode("utf-8"),
        object_pairs_hook=_unrepeated,
        parse_int=_integer,
        parse_float=_refused,
        parse_constant=_refused,
    )
    if not isinstance(value, dict):
        raise ValueError("not an object")  # noqa: TRY004 - one kind of failure for all hostile input
    return _Claims(value)


class _Claims(dict[str, Any]):
    """A missing claim is as hostile as a wrong one: ValueError, not KeyError."""

    def __missing__(self, key: str) -> NoReturn:
        raise ValueError(key)


def _unrepeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    _demand(len(members) == len(pairs))
    return members


def _integer(text: str) -> int:
    _demand(len(text) <= _LONGEST_INTEGER)
    return int(text)


def _refused(text: str) -> NoReturn:
    raise ValueError(text)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and 1 <= len(value) <= LONGEST_TEXT


def _uuid(text: str) -> uuid.UUID:
    value = uuid.UUID(text)
    _demand(str(value) == text)
    return value
