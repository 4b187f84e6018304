"""The one piece of arithmetic that is not in the standard library: whether an Ed25519 signature verifies."""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def verify(public_key: bytes, signature: bytes, message: bytes) -> bool:
    """Say whether a signature over a message was made with the private half of a key (RFC 8032).

    :param public_key: 32 bytes.
    :param signature: 64 bytes.
    """
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
