"""The keys that a ballot has of its own where its votes are kept apart from its voters: made at opening, sealed."""

from __future__ import annotations

import hmac
import secrets
import uuid
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)
from sqlalchemy.orm import Session

from app.config import SettingsError
from app.domain.charter.words import Secrecy
from app.domain.evidence.secret_votes import SCHEME
from app.domain.translog.base64_text import encode_base64
from app.models.ballot_boxes import BallotKey
from app.models.ballots import Ballot
from app.services.identity.derived_keys import Purpose
from app.services.identity.sealing import Seal

_RSA_BITS = 2048
_RSA_EXPONENT = 65537


class KeyPurpose(StrEnum):
    """What a ballot's key is for."""

    #: HMAC-SHA256: under what handle a member's confidential votes are kept.
    HANDLES = "handles"
    #: RSA: signs the blinded credentials of a secret ballot.
    ISSUER = "issuer"
    #: P-256: choices of a secret ballot are sealed to it until the close.
    SEALING = "sealing"


_NEEDED = {
    Secrecy.CONFIDENTIAL: (KeyPurpose.HANDLES,),
    Secrecy.SECRET: (KeyPurpose.ISSUER, KeyPurpose.SEALING),
}


@dataclass(frozen=True, slots=True)
class BallotSeals:
    """What seals the keys of an installation's ballots. Sessions carry it, so that it need not be handed about."""

    seal: Seal

    NAME: ClassVar[str] = "althing.ballot_seals"

    @classmethod
    def info(cls, secret: str) -> dict[str, Any]:
        """Return what sessions are to carry.

        :param secret: the installation's.
        """
        return {cls.NAME: cls(Seal(secret, Purpose.SEAL_BALLOT_KEYS))}

    @classmethod
    def of(cls, session: Session) -> Seal:
        """Return the seal that a session carries."""
        carried: BallotSeals = session.info[cls.NAME]
        return carried.seal


def make_keys(session: Session, ballot: Ballot) -> dict[str, Any]:
    """Make the keys that a ballot's level of secrecy takes; none where votes are kept with their voters.

    :return: what manifest and opening entry say of them: nothing, or ``secret_ballot`` with the public halves.
    """
    published = {}
    for purpose in _NEEDED.get(Secrecy(ballot.secrecy), ()):
        public, private = _make(purpose)
        sealed = BallotSeals.of(session).seal(_name(ballot.id, purpose), private)
        session.add(
            BallotKey(ballot_id=ballot.id, purpose=purpose.value, public_key=public, private_sealed=sealed)
        )
        if public is not None:
            published[f"{purpose.value}_key"] = encode_base64(public)
    if not published:
        return {}
    return {"secret_ballot": {"scheme": SCHEME, **published}}


def public_key(session: Session, ballot_id: uuid.UUID, purpose: KeyPurpose) -> bytes:
    """Return the public half of a ballot's key: the DER of its SubjectPublicKeyInfo."""
    key = session.scalars(
        sa.select(BallotKey.public_key).where(
            BallotKey.ballot_id == ballot_id, BallotKey.purpose == purpose.value
        )
    ).one()
    assert key is not None  # noqa: S101 - handles alone have none
    return key


def handle_of(session: Session, ballot_id: uuid.UUID, membership_id: uuid.UUID) -> bytes:
    """Return under what a member's votes in a confidential ballot are kept.

    :raises SettingsError: where the secret is not the one that the ballot's key was sealed under.
    """
    return hmac.digest(_unsealed(session, ballot_id, KeyPurpose.HANDLES), membership_id.bytes, "sha256")


def issuer_key(session: Session, ballot_id: uuid.UUID) -> RSAPrivateKey:
    """Return the key that signs a secret ballot's credentials.

    :raises SettingsError: as :func:`handle_of`.
    """
    # The seal has shown that it is the one we made; to check its primes again costs ten times the signature.
    plain = _unsealed(session, ballot_id, KeyPurpose.ISSUER)
    key = load_der_private_key(plain, None, unsafe_skip_rsa_key_validation=True)
    assert isinstance(key, RSAPrivateKey)  # noqa: S101 - so it was made
    return key


def sealing_key(session: Session, ballot_id: uuid.UUID) -> EllipticCurvePrivateKey:
    """Return the key that opens a secret ballot's votes; for its close.

    :raises SettingsError: as :func:`handle_of`.
    """
    key = load_der_private_key(_unsealed(session, ballot_id, KeyPurpose.SEALING), None)
    assert isinstance(key, EllipticCurvePrivateKey)  # noqa: S101 - so it was made
    return key


def _make(purpose: KeyPurpose) -> tuple[bytes | None, bytes]:
    if purpose is KeyPurpose.HANDLES:
        return None, secrets.token_bytes(32)
    private: RSAPrivateKey | EllipticCurvePrivateKey
    if purpose is KeyPurpose.ISSUER:
        private = generate_rsa_key(_RSA_EXPONENT, _RSA_BITS)
    else:
        private = generate_private_key(SECP256R1())
    return (
        private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()),
    )


def _unsealed(session: Session, ballot_id: uuid.UUID, purpose: KeyPurpose) -> bytes:
    sealed = session.scalars(
        sa.select(BallotKey.private_sealed).where(
            BallotKey.ballot_id == ballot_id, BallotKey.purpose == purpose.value
        )
    ).one()
    try:
        return BallotSeals.of(session).unseal(_name(ballot_id, purpose), sealed)
    except InvalidTag:
        raise SettingsError(
            f"ALTHING_SECRET_KEY is not the secret that the keys of ballot {ballot_id} were sealed under: restore it"
        ) from None


def _name(ballot_id: uuid.UUID, purpose: KeyPurpose) -> str:
    return f"ballot/{ballot_id}/{purpose.value}"
