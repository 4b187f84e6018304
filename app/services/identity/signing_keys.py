"""The key pairs that sign access tokens: made, sealed, rotated and retired in the database.

A key is published from its making, signs from ``activates_at`` until a newer key does, and verifies until
``retired_at``, by which the last token it signed has expired. Publishing ahead gives every process and every
reader of the JWKS time to learn a key before it is used.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_pem_public_key,
)
from jwt.utils import base64url_encode
from sqlalchemy.orm import Session

from app.config import SettingsError
from app.db.clock import database_clock, database_now
from app.domain.canonical_json import canonical_json
from app.domain.errors import refuse
from app.models.identity import SigningKey
from app.policies.permissions import Actor
from app.services import audit
from app.services.identity.derived_keys import Purpose
from app.services.identity.sealing import Seal

#: docs/decisions/0002-tokens.md has the measurement behind the choice.
ALGORITHM = "ES256"
PUBLISHED_AHEAD = dt.timedelta(minutes=5)
#: The longest an access token may live, and what the clocks of two hosts may differ by.
LONGEST_TOKEN = dt.timedelta(seconds=3600)
CLOCK_SKEW = dt.timedelta(seconds=30)

_NEWEST_FIRST = (SigningKey.created_at.desc(), SigningKey.kid)


class KeySeal:
    """Seals private keys under the installation's secret."""

    def __init__(self, secret: str) -> None:
        self._seal = Seal(secret, Purpose.SEAL_SIGNING_KEYS)

    def seal(self, kid: str, private: ec.EllipticCurvePrivateKey) -> bytes:
        """Return the sealed key; the kid is authenticated, so sealed keys cannot be exchanged."""
        return self._seal.seal(kid, private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))

    def unseal(self, key: SigningKey) -> ec.EllipticCurvePrivateKey:
        """Return the private key.

        :raises SettingsError: when the secret is not the one it was sealed under.
        """
        try:
            private = load_der_private_key(self._seal.unseal(key.kid, key.private_sealed), None)
        except InvalidTag:
            raise SettingsError(
                f"ALTHING_SECRET_KEY is not the secret that signing key {key.kid} was sealed under: "
                "restore it, or make a new key with `flask keys rotate --now`"
            ) from None
        assert isinstance(private, ec.EllipticCurvePrivateKey)  # noqa: S101 - seal() takes no other
        return private


def public_jwk(public: ec.EllipticCurvePublicKey) -> dict[str, Any]:
    """Return the members that make a P-256 key (RFC 7518 section 6.2.1)."""
    numbers = public.public_numbers()
    x, y = (base64url_encode(n.to_bytes(32, "big")).decode() for n in (numbers.x, numbers.y))
    return {"crv": "P-256", "kty": "EC", "x": x, "y": y}


def thumbprint(public: ec.EllipticCurvePublicKey) -> str:
    """Return the JWK thumbprint (RFC 7638), which names the key: 43 base64url characters."""
    return base64url_encode(hashlib.sha256(canonical_json(public_jwk(public))).digest()).decode()


def load_public(key: SigningKey) -> ec.EllipticCurvePublicKey:
    """Return the public part of a stored key."""
    public = load_pem_public_key(key.public_key.encode())
    assert isinstance(public, ec.EllipticCurvePublicKey)  # noqa: S101 - no other kind is stored
    return public


def jwks(keys: Sequence[SigningKey]) -> dict[str, Any]:
    """Return the JSON Web Key Set (RFC 7517 section 5) of some keys, without anything private."""
    return {
        "keys": [
            {**public_jwk(load_public(key)), "kid": key.kid, "alg": key.algorithm, "use": "sig"}
            for key in keys
        ]
    }


def all_keys(session: Session) -> Sequence[SigningKey]:
    """Return every key ever made, newest first."""
    return session.scalars(sa.select(SigningKey).order_by(*_NEWEST_FIRST)).all()


def verifying_keys(session: Session) -> Sequence[SigningKey]:
    """Return the keys whose signatures count now, newest first; those that will sign soon among them."""
    return session.scalars(sa.select(SigningKey).where(*_not_retired()).order_by(*_NEWEST_FIRST)).all()


def signing_kid(session: Session) -> str | None:
    """Return the name of the key that signs now, by one small statement: what :func:`signing_key` would return."""
    return session.scalar(
        sa.select(SigningKey.kid)
        .where(SigningKey.activates_at <= database_clock(), *_not_retired())
        .order_by(*_NEWEST_FIRST)
        .limit(1)
    )


def signing_key(session: Session, now: dt.datetime) -> SigningKey | None:
    """Return the key that signs now: the newest that has been activated. None when no key does."""
    return next((key for key in verifying_keys(session) if key.activates_at <= now), None)


def ensure_first_key(session: Session, seal: KeySeal) -> SigningKey:
    """Return the key that signs now, making one if there is none.

    However many processes find none at once, one makes it and the others take it.
    """
    key = signing_key(session, database_now(session))
    if key is None:
        _lock(session)
        now = database_now(session)
        key = signing_key(session, now) or _make(session, audit.SERVICE, seal, now, activates_at=now)
    return key


def rotate(session: Session, actor: Actor, seal: KeySeal, *, at_once: bool = False) -> SigningKey:
    """Make a key that signs from five minutes ahead, and let the older ones run out after it.

    :param at_once: sign with it now, as after a leak; so does the first key of all.
    :return: the new key, flushed.
    """
    _lock(session)
    now = database_now(session)
    if at_once or signing_key(session, now) is None:
        return _make(session, actor, seal, now, activates_at=now)
    return _make(session, actor, seal, now, activates_at=now + PUBLISHED_AHEAD)


def retire(session: Session, actor: Actor, kid: str) -> SigningKey:
    """Stop a key from verifying, as after a leak: tokens it signed are refused from the next minute on.

    :raises Refusal: ``not-found`` for an unknown or retired key; ``conflict`` for the one that signs.
    """
    _lock(session)
    now = database_now(session)
    key = next((key for key in verifying_keys(session) if key.kid == kid), None)
    if key is None:
        raise refuse("not-found", "No key of that name verifies.")
    if key is signing_key(session, now):
        raise refuse("conflict", "This key signs: make another with `flask keys rotate --now` first.")
    key.retired_at = now
    audit.record(session, actor, audit.Action.KEY_RETIRED, ("signing_key", kid), at=now)
    return key


def _not_retired() -> tuple[sa.ColumnElement[bool]]:
    return (sa.or_(SigningKey.retired_at.is_(None), SigningKey.retired_at > database_clock()),)


def _lock(session: Session) -> None:
    # On SQLite the transaction holds the only write lock already.
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.text("LOCK TABLE signing_keys IN SHARE ROW EXCLUSIVE MODE"))


def _make(
    session: Session, actor: Actor, seal: KeySeal, now: dt.datetime, *, activates_at: dt.datetime
) -> SigningKey:
    session.execute(
        sa.update(SigningKey)
        .where(SigningKey.retired_at.is_(None))
        .values(retired_at=activates_at + LONGEST_TOKEN + CLOCK_SKEW)
    )
    private = ec.generate_private_key(ec.SECP256R1())
    kid = thumbprint(private.public_key())
    pem = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    key = SigningKey(
        kid=kid,
        algorithm=ALGORITHM,
        public_key=pem.decode(),
        private_sealed=seal.seal(kid, private),
        created_at=now,
        activates_at=activates_at,
    )
    session.add(key)
    audit.record(session, actor, audit.Action.KEY_ROTATED, ("signing_key", kid), at=now)
    return key
