"""Which accounts a file has named so far, in about 40 bytes each, however long their names are."""

from __future__ import annotations

from array import array
from hashlib import blake2b


class FirstSeen:
    """Account to the line that named it first.

    An open-addressing table of 128-bit digests in flat arrays: a million accounts take some 40 MB, where a
    dictionary of their names takes four times that. Two names of one digest would pass for one account; among a
    million that has a chance of one in 10^26.
    """

    def __init__(self) -> None:
        self._count = 0
        self._allot(1 << 10)

    def first(self, account: str, line: int) -> int | None:
        """Note an account, and return the earlier line that named it, or None if none did.

        :param line: number of the line it stands on now, from 1 to 2^32 - 1.
        """
        digest = blake2b(account.encode(), digest_size=16).digest()
        high, low = int.from_bytes(digest[:8], "big"), int.from_bytes(digest[8:], "big")
        slot = self._slot(high, low)
        if self._lines[slot]:
            return self._lines[slot]
        self._put(slot, high, low, line)
        self._count += 1
        if self._count * 3 > len(self._lines) * 2:
            self._grow()
        return None

    def _slot(self, high: int, low: int) -> int:
        """Return the place of a digest, or the free one where it belongs."""
        slot = low & self._mask
        while self._lines[slot] and (self._low[slot] != low or self._high[slot] != high):
            slot = (slot + 1) & self._mask
        return slot

    def _put(self, slot: int, high: int, low: int, line: int) -> None:
        self._high[slot], self._low[slot], self._lines[slot] = high, low, line

    def _allot(self, size: int) -> None:
        self._mask = size - 1
        self._high, self._low = array("Q", bytes(8 * size)), array("Q", bytes(8 * size))
        self._lines = array("I", bytes(4 * size))

    def _grow(self) -> None:
        full = zip(self._high, self._low, self._lines, strict=True)
        self._allot(2 * len(self._lines))
        for high, low, line in full:
            if line:
                self._put(self._slot(high, low), high, low, line)
