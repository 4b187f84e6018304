"""Entry bundles: the entries behind a tile of level 0, each with its length before it (C2SP tlog-tiles)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

LONGEST_ENTRY: Final = 65_535
"""Bytes of the longest entry: its length is written in two."""

_LENGTH_SIZE = 2


class InvalidEntries(ValueError):
    """Bytes that are no bundle of as many entries, or an entry that fits into none."""


def encode_entries(entries: Iterable[bytes]) -> bytes:
    """Return the bundle of some entries: for each its length, two bytes big-endian, and its bytes.

    :raises InvalidEntries: for an entry longer than 65,535 bytes.
    """
    parts = []
    for entry in entries:
        if len(entry) > LONGEST_ENTRY:
            raise InvalidEntries(f"an entry of {len(entry)} bytes fits into no bundle")
        parts += [len(entry).to_bytes(_LENGTH_SIZE, "big"), entry]
    return b"".join(parts)


def decode_entries(bundle: bytes, number: int) -> list[bytes]:
    """Return the entries of a bundle.

    :param number: of entries that must be in it.
    :raises InvalidEntries: where it holds another number, or its last entry is cut off.
    """
    entries = []
    at = 0
    while at < len(bundle):
        start = at + _LENGTH_SIZE
        at = start + int.from_bytes(bundle[start - _LENGTH_SIZE : start], "big")
        if start > len(bundle) or at > len(bundle):
            raise InvalidEntries("the last entry is cut off")
        entries.append(bundle[start:at])
        if len(entries) > number:
            break
    if len(entries) != number:
        raise InvalidEntries(
            f"there are {'more' if len(entries) > number else len(entries)} entries, not {number}"
        )
    return entries
