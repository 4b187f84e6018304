"""Password hashes: argon2id (RFC 9106) at the strength the settings ask for."""

from __future__ import annotations

import unicodedata

import argon2
from argon2.exceptions import InvalidHashError, VerificationError

from app.config import Settings

SHORTEST = 12
LONGEST = 1024


def _canonical(password: str) -> bytes:
    # A phone and a keyboard may send the same letter composed or decomposed (RFC 8265 section 4.2.2).
    return unicodedata.normalize("NFC", password).encode()


class Passwords:
    """Hashes and checks passwords. Threads share one; argon2 runs outside the interpreter's lock."""

    def __init__(self, settings: Settings) -> None:
        self._hasher = argon2.PasswordHasher(
            time_cost=settings.argon2_passes,
            memory_cost=settings.argon2_memory_kib,
            parallelism=1,  # requests run side by side already
            type=argon2.Type.ID,
        )
        self._nobody = self._hasher.hash(b"nobody has this password")

    def hash(self, password: str) -> str:
        """Return the hash to keep, in PHC string form with its parameters and a random salt.

        :param password: 12 to 1,024 characters.
        :raises ValueError: for other lengths, which the request's schema refuses first.
        """
        if not SHORTEST <= len(password) <= LONGEST:
            raise ValueError(f"a password has {SHORTEST} to {LONGEST} characters")
        return self._hasher.hash(_canonical(password))

    def matches(self, password_hash: str | None, password: str) -> bool:
        """Say whether a password belongs to a hash.

        :param password_hash: None for an unknown account: the same work is done, and the answer is False, so
            that the time taken does not tell which addresses have an account.
        """
        try:
            self._hasher.verify(
                self._nobody if password_hash is None else password_hash, _canonical(password)
            )
        except (VerificationError, InvalidHashError):
            return False
        return password_hash is not None

    def is_outdated(self, password_hash: str) -> bool:
        """Say whether the settings have asked for more work since the hash was made."""
        made = argon2.extract_parameters(password_hash)
        return made.memory_cost < self._hasher.memory_cost or made.time_cost < self._hasher.time_cost
