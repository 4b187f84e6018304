"""Tiles: the tree cut into files of at most 256 hashes (C2SP tlog-tiles).

Hash i of tile n on level l is the root over the leaves from ``(n * 256 + i) * 256**l``, 256**l of them. A full
tile never changes. A partial one is named by its width, so that it never changes either.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from app.domain.translog.hashing import HASH_SIZE, node_hash
from app.domain.translog.subtrees import Subtree

TILE_HEIGHT: Final = 8
TILE_WIDTH: Final = 256
TILE_SIZE: Final = TILE_WIDTH * HASH_SIZE
"""Bytes of a full tile."""

_LEVELS: Final = 64
_PATH = re.compile(r"tile/(0|[1-9][0-9]?)/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?", re.ASCII)
_LONGEST_PATH = 64


class InvalidTile(ValueError):
    """A path, or bytes, that are no tile's."""


@dataclass(frozen=True, slots=True, order=True)
class Tile:
    """Which tile: level 0 holds the leaves' hashes.

    :param width: hashes in it, 1 to 256.
    """

    level: int
    index: int
    width: int = TILE_WIDTH

    @property
    def path(self) -> str:
        """Return where it lies in a log, for example ``tile/0/x001/067.p/112``."""
        return f"tile/{self.level}/{self._place}"

    @property
    def entries_path(self) -> str:
        """Return where the entries themselves lie whose hashes this tile of level 0 holds."""
        return f"tile/entries/{self._place}"

    @property
    def _place(self) -> str:
        rest, last = divmod(self.index, 1000)
        parts = [f"{last:03}"]
        while rest:
            rest, part = divmod(rest, 1000)
            parts.append(f"x{part:03}")
        return "/".join(reversed(parts)) + ("" if self.width == TILE_WIDTH else f".p/{self.width}")

    @classmethod
    def parse(cls, path: str) -> Tile:
        """Read a tile's path; of every tile exactly one spelling is read.

        :raises InvalidTile: for anything else.
        """
        match = _PATH.fullmatch(path) if len(path) <= _LONGEST_PATH else None
        if match is not None:
            index = int(match[2].replace("/", "").replace("x", ""))
            tile = cls(int(match[1]), index, int(match[3] or TILE_WIDTH))
            if tile.path == path and tile.level < _LEVELS:
                return tile
        raise InvalidTile(f"no path of a tile: {path[:_LONGEST_PATH]!r}")

    @property
    def full(self) -> Tile:
        """Return the same tile as it is once it is full."""
        return replace(self, width=TILE_WIDTH)

    def hashes(self, data: bytes) -> list[bytes]:
        """Return the hashes that the tile's bytes hold.

        :raises InvalidTile: where they are not as many as its width.
        """
        if len(data) != self.width * HASH_SIZE:
            raise InvalidTile(f"{self.path} has {len(data)} bytes, not {self.width * HASH_SIZE}")
        return [data[at : at + HASH_SIZE] for at in range(0, len(data), HASH_SIZE)]


Fetch = Callable[[Tile], bytes]
"""Returns the bytes of a tile, or raises what the caller of the reader expects."""


def tile_row(level: int, size: int) -> tuple[int, int]:
    """Return how many full tiles a level of a tree has, and the width of the partial one after them, 0 to 255.

    Levels above 0 hold only full tiles of the level below.
    """
    return divmod(size >> (TILE_HEIGHT * level), TILE_WIDTH)


def tiles_of(size: int, since: int = 0) -> Iterator[Tile]:
    """Yield the tiles of a tree that its first ``since`` leaves did not have yet: what there is to write.

    Level by level from 0, each from left to right; partial tiles of smaller trees in between are not named.
    """
    for level in range(_LEVELS // TILE_HEIGHT):
        full, width = tile_row(level, size)
        old_full, old_width = tile_row(level, since)
        yield from (Tile(level, index) for index in range(old_full, full))
        if width and (full, width) != (old_full, old_width):
            yield Tile(level, full, width)


def tile_root(hashes: Sequence[bytes]) -> bytes:
    """Return the root over the hashes of a full tile, or of any 2**n neighbours in one."""
    row = list(hashes)
    while len(row) > 1:
        row = [node_hash(row[at], row[at + 1]) for at in range(0, len(row), 2)]
    return row[0]


class TileReader:
    """Reads hashes of perfect subtrees out of tiles, a tile fetched once for each reading.

    It believes the tiles: what is read has to be checked against a root, as a proof is.

    :param size: of the tree, which says how wide the tiles on its right edge are.
    """

    def __init__(self, size: int, fetch: Fetch) -> None:
        self._size = size
        self._fetch = fetch

    def read(self, subtrees: Sequence[Subtree]) -> list[bytes]:
        """Return the hash of each subtree.

        :raises InvalidTile: for a subtree outside the tree, and a tile of other length than it must have.
        """
        fetched: dict[Tile, list[bytes]] = {}
        found = []
        for subtree in subtrees:
            tile, start, count = self._place(subtree)
            if tile not in fetched:
                fetched[tile] = tile.hashes(self._fetch(tile))
            found.append(tile_root(fetched[tile][start : start + count]))
        return found

    def _place(self, subtree: Subtree) -> tuple[Tile, int, int]:
        """Return the tile that holds a subtree's hashes on the nearest level below, from where, and how many."""
        level, height = divmod(subtree.height, TILE_HEIGHT)
        index, start = divmod(subtree.index << height, TILE_WIDTH)
        count = 1 << height
        full, width = tile_row(level, self._size)
        tile = Tile(level, index, TILE_WIDTH if index < full else width)
        if index > full or start + count > tile.width:
            raise InvalidTile(f"{subtree} is no part of a tree of {self._size} leaves")
        return tile, start, count
