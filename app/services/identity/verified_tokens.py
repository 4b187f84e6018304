"""A bounded memory of access tokens already verified: a look-up costs a hundredth of a signature check."""

from __future__ import annotations

import hashlib
import threading
import uuid
from collections import OrderedDict
from dataclasses import dataclass

CAPACITY = 20_000


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom an access token speaks for, and the sign-in session it belongs to."""

    account_id: uuid.UUID
    session_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class VerifiedToken:
    """What is remembered of a token: whom it speaks for, its key, and its ``exp`` in Unix seconds."""

    identity: Identity
    kid: str
    expires: int


class VerifiedTokens:
    """Verified tokens by the SHA-256 of their text; each operation takes constant time.

    When full, the entry remembered longest goes: all tokens live equally long, so it is about the next to
    expire. Remembering a token never outlives a revocation, because requests look their session up in the
    database whether or not the signature was checked again.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._entries: OrderedDict[bytes, VerifiedToken] = OrderedDict()
        self._writing = threading.Lock()

    def __len__(self) -> int:
        return len(self._entries)

    @staticmethod
    def digest(token: str) -> bytes:
        """Return the name under which an ASCII token is remembered."""
        return hashlib.sha256(token.encode("ascii")).digest()

    def find(self, digest: bytes, now: float) -> VerifiedToken | None:
        """Return what is remembered, unless it has expired at ``now`` (Unix seconds)."""
        entry = self._entries.get(digest)
        if entry is not None and now >= entry.expires:
            self.drop(digest)
            return None
        return entry

    def remember(self, digest: bytes, entry: VerifiedToken) -> None:
        """Keep an entry, at the cost of the oldest when full."""
        with self._writing:
            self._entries[digest] = entry
            if len(self._entries) > self._capacity:
                self._entries.popitem(last=False)

    def drop(self, digest: bytes) -> None:
        """Forget an entry, if it is there."""
        with self._writing:
            self._entries.pop(digest, None)
