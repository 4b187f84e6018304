"""The two hashes of the tree (RFC 6962 section 2.1, RFC 9162 section 2.1.1).

Leaves and nodes begin with different bytes, so that no node can be shown as a leaf.
"""

from __future__ import annotations

import hashlib
from typing import Final

HASH_SIZE: Final = 32
"""Bytes of every hash: SHA-256."""

EMPTY_ROOT: Final = hashlib.sha256(b"").digest()
"""The root of the tree without leaves."""


def leaf_hash(entry: bytes) -> bytes:
    """Return SHA-256(0x00 || entry)."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return SHA-256(0x01 || left || right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def fold(roots: list[bytes]) -> bytes:
    """Return the root over perfect subtrees that stand side by side, each larger than the next.

    :param roots: of the subtrees, the largest first, at least one.
    """
    root = roots[-1]
    for left in reversed(roots[:-1]):
        root = node_hash(left, root)
    return root
