"""Ed25519 keys that sign notes in tests, made from seeds so that every run signs alike."""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.domain.translog.keys import Algorithm, VerifierKey


@dataclass(frozen=True)
class SigningKey:
    """A named private key and its public half."""

    private: Ed25519PrivateKey
    verifier: VerifierKey

    def sign(self, message: bytes) -> bytes:
        return self.private.sign(message)

    @classmethod
    def of(cls, name: str, seed: bytes, algorithm: Algorithm = Algorithm.ED25519) -> SigningKey:
        private = Ed25519PrivateKey.from_private_bytes(seed)
        return cls(private, VerifierKey(name, algorithm, private.public_key().public_bytes_raw()))
