"""A voter's device in a secret ballot: written from docs/secret-ballots.md and RFC 9474, not from the service.

Real voters use a browser's cryptography, as docs/secret-ballot-client/ does; this is for the demonstration and tests.
The randomness can be given, so that a test can say beforehand what comes of it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

_HASH_SIZE = 48


def emsa_pss(message: bytes, bits: int, salt: bytes) -> bytes:
    """Encode a message as RFC 8017 section 9.1.1 says, with SHA-384."""
    size = (bits + 7) // 8
    digest = hashlib.sha384(bytes(8) + hashlib.sha384(message).digest() + salt).digest()
    block = bytes(size - len(salt) - _HASH_SIZE - 2) + b"\1" + salt
    mask = b"".join(
        hashlib.sha384(digest + counter.to_bytes(4, "big")).digest()
        for counter in range(math.ceil(len(block) / _HASH_SIZE))
    )
    masked = bytearray(one ^ other for one, other in zip(block, mask, strict=False))
    masked[0] &= 0xFF >> (8 * size - bits)
    return bytes(masked) + digest + b"\xbc"


def blind(n: int, e: int, message: bytes, salt: bytes, r: int) -> bytes:
    """Blind a prepared message (RFC 9474 section 4.2)."""
    encoded = int.from_bytes(emsa_pss(message, n.bit_length() - 1, salt), "big")
    return (encoded * pow(r, e, n) % n).to_bytes((n.bit_length() + 7) // 8, "big")


def unblind(n: int, signature: bytes, r: int) -> bytes:
    """Make a signature of a blind one (RFC 9474 section 4.4)."""
    return (int.from_bytes(signature, "big") * pow(r, -1, n) % n).to_bytes(len(signature), "big")


@dataclass
class Device:
    """One voter's device: its key, what it was given, and the votes it makes.

    :param issuer_key: and ``sealing_key``: the ballot's own, as SubjectPublicKeyInfo in DER.
    :param prefix: 32 random bytes that preparing a message puts in front of it.
    :param credential: empty until :meth:`take`.
    """

    community: str
    ballot: str
    issuer_key: bytes
    sealing_key: bytes
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    prefix: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    credential: bytes = b""

    @classmethod
    def of(cls, manifest: Mapping[str, Any]) -> Self:
        """Return a device that has read the manifest of a secret ballot."""
        keys = manifest["secret_ballot"]
        issuer, sealing = (base64.b64decode(keys[name]) for name in ("issuer_key", "sealing_key"))
        return cls(manifest["community"], manifest["ballot"], issuer, sealing)

    @property
    def place(self) -> str:
        """Return the ballot's path, which every message names."""
        return f"/v1/communities/{self.community}/ballots/{self.ballot}"

    @property
    def public_key(self) -> bytes:
        """Return the device's own key as SubjectPublicKeyInfo in DER."""
        return self.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    @property
    def fingerprint(self) -> str:
        """Return what the device's votes are found by: SHA-256 of its key, in hexadecimal."""
        return hashlib.sha256(self.public_key).hexdigest()

    @property
    def path(self) -> str:
        """Return where the device's vote is put."""
        return f"{self.place}/secret-votes/{self.fingerprint}"

    @property
    def message(self) -> bytes:
        """Return what the credential signs, prepared."""
        return self.prefix + f"ballot-credential/v1\n{self.place}\n".encode() + self.public_key

    def blinded(self, salt: bytes | None = None) -> tuple[bytes, int]:
        """Return the blinded message, and what takes the blinding off again."""
        n, e = self._numbers()
        r = secrets.randbelow(n - 2) + 2
        return blind(n, e, self.message, secrets.token_bytes(48) if salt is None else salt, r), r

    def take(self, blind_signature: bytes, r: int) -> None:
        """Take the credential out of what was given for a blinded message."""
        self.credential = unblind(self._numbers()[0], blind_signature, r)

    def sealed(self, choice: Any) -> bytes:
        """Seal a choice, padded, so that it opens at the close; bytes are sealed as they are."""
        plain = choice if isinstance(choice, bytes) else json.dumps(choice).encode()
        plain += b" " * (-len(plain) % 256)
        ephemeral = ec.generate_private_key(ec.SECP256R1())
        other = load_der_public_key(self.sealing_key)
        assert isinstance(other, ec.EllipticCurvePublicKey)  # noqa: S101 - the manifest's
        info = f"sealed-choice/v1\n{self.place}\n".encode() + self.public_key
        made = HKDF(SHA256(), 44, salt=None, info=info).derive(ephemeral.exchange(ec.ECDH(), other))
        point = ephemeral.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return point + AESGCM(made[:32]).encrypt(made[32:], plain, None)

    def vote(self, choice: Any, seq: int = 1, *, sealed: bytes | None = None) -> dict[str, Any]:
        """Return the body of a vote; ``choice`` as bytes is sealed as it is."""
        sealed = self.sealed(choice) if sealed is None else sealed
        signed = f"secret-vote/v1\n{self.place}\n{seq}\n".encode() + sealed
        r, s = decode_dss_signature(self.key.sign(signed, ec.ECDSA(SHA256())))
        return {
            "public_key": self.public_key.hex(),
            "prefix": self.prefix.hex(),
            "credential": self.credential.hex(),
            "seq": seq,
            "sealed_choice": sealed.hex(),
            "signature": (r.to_bytes(32, "big") + s.to_bytes(32, "big")).hex(),
        }

    def _numbers(self) -> tuple[int, int]:
        key = load_der_public_key(self.issuer_key)
        assert isinstance(key, RSAPublicKey)  # noqa: S101 - the manifest's
        return key.public_numbers().n, key.public_numbers().e
