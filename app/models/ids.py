"""Identifiers: time-ordered for resources, wholly random for whatever must reveal neither time nor order."""

from __future__ import annotations

import secrets
import time
import uuid


def resource_id() -> uuid.UUID:
    """Return a UUIDv7 (RFC 9562 section 5.7): 48 bits of Unix milliseconds, then 74 random bits."""
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(secrets.token_bytes(10), "big")
    value = (milliseconds & ((1 << 48) - 1)) << 80 | random
    value = value & ~(0xF << 76) | 0x7 << 76
    return uuid.UUID(int=value & ~(0b11 << 62) | 0b10 << 62)


def random_id() -> uuid.UUID:
    """Return 128 random bits in the shape of a UUID: for trackers, references and events."""
    return uuid.UUID(bytes=secrets.token_bytes(16))
