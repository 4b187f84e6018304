"""The arithmetic of secret ballots: signing blindly, checking credentials and signatures, opening what is sealed."""

from __future__ import annotations

import secrets

from cryptography.exceptions import InvalidSignature, InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDH,
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256, SHA384
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_private_key,
    load_der_public_key,
)

from app.domain.evidence.secret_votes import POINT_SIZE, SIGNATURE_SIZE, SecretVoteCryptography

_SALT_SIZE = 48
_KEY_SIZE = 32
_NONCE_SIZE = 12


class InvalidBlindedMessage(ValueError):
    """What was to be signed is no blinded message for this key."""


def blind_sign(key: RSAPrivateKey, blinded: bytes) -> bytes:
    """Sign a blinded message (RFC 9474 section 4.3).

    :param blinded: as many bytes as the modulus has, below it.
    :raises InvalidBlindedMessage: for anything else.
    """
    private = key.private_numbers()
    n, e = private.public_numbers.n, private.public_numbers.e
    size = (n.bit_length() + 7) // 8
    m = int.from_bytes(blinded, "big")
    if len(blinded) != size or m >= n:
        raise InvalidBlindedMessage(f"a blinded message has {size} bytes and is smaller than the modulus")
    # Python's pow takes a time that depends on its operands; blinded once more, these tell the caller nothing.
    r = secrets.randbelow(n - 2) + 2
    c = m * pow(r, e, n) % n
    s_p, s_q = pow(c, private.dmp1, private.p), pow(c, private.dmq1, private.q)
    s = (s_q + private.q * (private.iqmp * (s_p - s_q) % private.p)) * pow(r, -1, n) % n
    if pow(s, e, n) != m:  # RFC 9474: a faulty signature can reveal the key
        raise RuntimeError("signing fault")
    return s.to_bytes(size, "big")


class _Cryptography:
    """See :class:`SecretVoteCryptography`."""

    def credential_holds(self, issuer_key: bytes, credential: bytes, message: bytes) -> bool:
        key = load_der_public_key(issuer_key)
        if not isinstance(key, RSAPublicKey):
            return False
        try:
            key.verify(credential, message, PSS(MGF1(SHA384()), _SALT_SIZE), SHA384())
        except InvalidSignature:
            return False
        return True

    def signature_holds(self, public_key: bytes, signature: bytes, message: bytes) -> bool:
        key = _voter_key(public_key)
        if key is None or len(signature) != SIGNATURE_SIZE:
            return False
        half = SIGNATURE_SIZE // 2
        r, s = (int.from_bytes(part, "big") for part in (signature[:half], signature[half:]))
        try:
            key.verify(encode_dss_signature(r, s), message, ECDSA(SHA256()))
        except InvalidSignature:
            return False
        return True

    def unseal(self, private_key: bytes, sealed: bytes, info: bytes) -> bytes | None:
        key = load_der_private_key(private_key, None)
        assert isinstance(key, EllipticCurvePrivateKey)  # noqa: S101 - so it was made
        try:
            point = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), sealed[:POINT_SIZE])
            shared = key.exchange(ECDH(), point)
            made = HKDF(SHA256(), _KEY_SIZE + _NONCE_SIZE, salt=None, info=info).derive(shared)
            return AESGCM(made[:_KEY_SIZE]).decrypt(made[_KEY_SIZE:], sealed[POINT_SIZE:], None)
        except (InvalidTag, ValueError):
            return None

    def public_half(self, private_key: bytes) -> bytes | None:
        key = load_der_private_key(private_key, None)
        return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _voter_key(public_key: bytes) -> EllipticCurvePublicKey | None:
    try:
        key = load_der_public_key(public_key)
    except (ValueError, UnsupportedAlgorithm):
        return None
    if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP256R1):
        return None
    return key


CRYPTOGRAPHY: SecretVoteCryptography = _Cryptography()
