"""Sealing what must not lie open in the database: AES-256-GCM under a key drawn from the installation's secret."""

from __future__ import annotations

import os

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.services.identity.derived_keys import Purpose, derive_key

_NONCE_BYTES = 12


class Seal:
    """Seals and unseals for one purpose."""

    def __init__(self, secret: str, purpose: Purpose) -> None:
        self._cipher = AESGCM(derive_key(secret, purpose))

    def seal(self, name: str, plain: bytes) -> bytes:
        """Return nonce and ciphertext; the name is authenticated, so sealed things cannot be exchanged."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plain, name.encode())

    def unseal(self, name: str, sealed: bytes) -> bytes:
        """Return what was sealed.

        :raises cryptography.exceptions.InvalidTag: for another secret, another name, or altered bytes.
        """
        return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], name.encode())
