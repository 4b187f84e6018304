"""Verifier keys: the name, the kind and the public key that a signature line of a note refers to.

Source: C2SP signed-note v1.0.0, "Signatures". This module and those that use it know which bytes are signed; the
arithmetic of Ed25519 is the caller's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

from app.domain.translog.base64_text import decode_base64, encode_base64

KEY_ID_SIZE = 4
PUBLIC_KEY_SIZE = 32
SIGNATURE_SIZE = 64
"""Bytes of an Ed25519 signature."""

Sign = Callable[[bytes], bytes]
"""Message -> its Ed25519 signature by one key (RFC 8032)."""

Verify = Callable[[bytes, bytes, bytes], bool]
"""(public key, signature, message) -> whether Ed25519 verifies (RFC 8032); never raises."""


class InvalidKey(ValueError):
    """A text that is no verifier key."""


class Algorithm(IntEnum):
    """The kinds of signature that are understood, by the byte that names them; a note may hold others."""

    ED25519 = 0x01
    COSIGNATURE_V1 = 0x04


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A key that signs notes under a name.

    :param name: not empty, without white space and ``+``.
    :param public_key: 32 bytes, of Ed25519 in either kind.
    :raises InvalidKey: for anything else.
    """

    name: str
    algorithm: Algorithm
    public_key: bytes

    def __post_init__(self) -> None:
        if not is_key_name(self.name):
            raise InvalidKey(f"no name of a key: {self.name[:100]!r}")
        if len(self.public_key) != PUBLIC_KEY_SIZE:
            raise InvalidKey(f"an Ed25519 key has {PUBLIC_KEY_SIZE} bytes, not {len(self.public_key)}")

    @property
    def key_id(self) -> bytes:
        """Return the first four bytes of SHA-256(name || 0x0A || algorithm || public key)."""
        return hashlib.sha256(self.name.encode() + b"\n" + self._encoded).digest()[:KEY_ID_SIZE]

    @property
    def vkey(self) -> str:
        """Return the key as it is published: name, key id in hexadecimal and key in base64, joined by ``+``."""
        return f"{self.name}+{self.key_id.hex()}+{encode_base64(self._encoded)}"

    @property
    def _encoded(self) -> bytes:
        return bytes([self.algorithm]) + self.public_key

    @classmethod
    def parse(cls, vkey: str) -> VerifierKey:
        """Read a published key.

        :raises InvalidKey: for a malformed text, an unknown kind, and a key id that is not the key's.
        """
        try:
            name, key_id, text = vkey.split("+", 2)
            encoded = decode_base64(text)
            algorithm = Algorithm(encoded[0])
        except (ValueError, IndexError) as error:
            raise InvalidKey(f"no verifier key: {vkey[:200]!r}: {error}") from None
        key = cls(name, algorithm, encoded[1:])
        if key.key_id.hex() != key_id:
            raise InvalidKey(f"the key id of {name} is {key.key_id.hex()}, not {key_id[:100]!r}")
        return key


def is_key_name(name: str) -> bool:
    """Say whether a text can name a key: it is not empty and has no white space, control character or ``+``."""
    return name != "" and not any(each == "+" or each < " " or each.isspace() for each in name)
