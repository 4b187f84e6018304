"""Keys for one purpose each, all drawn from the installation's one secret."""

from __future__ import annotations

from enum import StrEnum

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class Purpose(StrEnum):
    """What a derived key is for. The values are part of the derivation: changing one changes its key."""

    SEAL_SIGNING_KEYS = "althing/v1/seal-signing-keys"
    SEAL_LOG_KEYS = "althing/v1/seal-log-keys"
    SEAL_BALLOT_KEYS = "althing/v1/seal-ballot-keys"
    DIGEST_EMAIL_ADDRESSES = "althing/v1/digest-email-addresses"
    SEAL_KEPT_ANSWERS = "althing/v1/seal-kept-answers"
    SIGN_LIST_CURSORS = "althing/v1/sign-list-cursors"


def derive_key(secret: str, purpose: Purpose) -> bytes:
    """Return the 32-byte key for a purpose: HKDF-SHA256 (RFC 5869) with the purpose as info.

    :param secret: ``settings.secret_key``, at least 32 characters made at random, so no salt is needed.
    """
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose.value.encode()).derive(secret.encode())
