"""The arithmetic of secret ballots that is not in the standard library, as the verifier does it."""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature, InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
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

_KEY_SIZE, _NONCE_SIZE, _SALT_SIZE = 32, 12, 48


class _Cryptography:
    """See :class:`SecretVoteCryptography`; nothing that a bundle holds makes it raise."""

    def credential_holds(self, issuer_key: bytes, credential: bytes, message: bytes) -> bool:
        try:
            key = load_der_public_key(issuer_key)
            if not isinstance(key, rsa.RSAPublicKey):
                return False
            pss = padding.PSS(padding.MGF1(SHA384()), _SALT_SIZE)
            key.verify(credential, message, pss, SHA384())
        except (InvalidSignature, UnsupportedAlgorithm, ValueError):
            return False
        return True

    def signature_holds(self, public_key: bytes, signature: bytes, message: bytes) -> bool:
        try:
            key = load_der_public_key(public_key)
            if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
                return False
            if len(signature) != SIGNATURE_SIZE:
                return False
            r, s = signature[: SIGNATURE_SIZE // 2], signature[SIGNATURE_SIZE // 2 :]
            written = utils.encode_dss_signature(int.from_bytes(r, "big"), int.from_bytes(s, "big"))
            key.verify(written, message, ec.ECDSA(SHA256()))
        except (InvalidSignature, UnsupportedAlgorithm, ValueError):
            return False
        return True

    def unseal(self, private_key: bytes, sealed: bytes, info: bytes) -> bytes | None:
        try:
            key = load_der_private_key(private_key, None)
            point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sealed[:POINT_SIZE])
            if not isinstance(key, ec.EllipticCurvePrivateKey):
                return None
            shared = key.exchange(ec.ECDH(), point)
            made = HKDF(SHA256(), _KEY_SIZE + _NONCE_SIZE, salt=None, info=info).derive(shared)
            return AESGCM(made[:_KEY_SIZE]).decrypt(made[_KEY_SIZE:], sealed[POINT_SIZE:], None)
        except (InvalidTag, UnsupportedAlgorithm, ValueError, TypeError):
            return None

    def public_half(self, private_key: bytes) -> bytes | None:
        try:
            key = load_der_private_key(private_key, None)
        except (UnsupportedAlgorithm, ValueError, TypeError):
            return None
        if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
            return None
        return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


CRYPTOGRAPHY: SecretVoteCryptography = _Cryptography()
