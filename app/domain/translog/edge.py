"""The right edge of a tree in tiles: what a tree needs so that it can grow and its tiles be written.

Four rows of at most 255 hashes hold the edge of four thousand million leaves.
"""

from __future__ import annotations

from collections.abc import Sequence

from app.domain.translog.frontier import Frontier
from app.domain.translog.hashing import HASH_SIZE
from app.domain.translog.tiles import TILE_HEIGHT, TILE_WIDTH, Fetch, InvalidTile, Tile, tile_root, tile_row


class Edge:
    """For each level from 0, the hashes of the tile that is not full yet.

    :param rows: of a tree that exists; none for an empty one.
    :raises InvalidTile: for a row that is as wide as a full tile.
    """

    def __init__(self, rows: Sequence[Sequence[bytes]] = ()) -> None:
        self._rows = [list(row) for row in rows]
        self._size = 0
        for level, row in enumerate(self._rows):
            if len(row) >= TILE_WIDTH:
                raise InvalidTile("a full tile is no edge")
            self._size += len(row) << (TILE_HEIGHT * level)

    @classmethod
    def read(cls, size: int, fetch: Fetch) -> Edge:
        """Read the edge of a tree from its partial tiles. It is believed: compare its root.

        :raises InvalidTile: for a tile of other length than it must have.
        """
        rows: list[list[bytes]] = []
        while size >> (TILE_HEIGHT * len(rows)):
            level = len(rows)
            full, width = tile_row(level, size)
            tile = Tile(level, full, width)
            rows.append(tile.hashes(fetch(tile)) if width else [])
        return cls(rows)

    @property
    def size(self) -> int:
        """Return the leaves of the tree."""
        return self._size

    @property
    def rows(self) -> tuple[tuple[bytes, ...], ...]:
        """Return the hashes, level by level from 0."""
        return tuple(tuple(row) for row in self._rows)

    def pack(self) -> bytes:
        """Return the hashes one after the other, level by level, as a database keeps them beside the size."""
        return b"".join(each for row in self._rows for each in row)

    @classmethod
    def unpack(cls, size: int, packed: bytes) -> Edge:
        """Return what :meth:`pack` packed.

        :raises InvalidTile: where the hashes do not fit the size.
        """
        rest = packed

        def cut(tile: Tile) -> bytes:
            nonlocal rest
            length = tile.width * HASH_SIZE
            row, rest = rest[:length], rest[length:]
            return row

        edge = cls.read(size, cut)
        if rest:
            raise InvalidTile(f"the edge of a tree of {size} leaves has fewer hashes")
        return edge

    def whole_tiles(self) -> Edge:
        """Return the edge of the tree without the leaves of its last tile, where that is not full."""
        return Edge([(), *self._rows[1:]])

    def push(self, leaf: bytes) -> list[tuple[Tile, bytes]]:
        """Append a leaf by its hash, and return the tiles with their bytes that it has made full."""
        filled: list[tuple[Tile, bytes]] = []
        carried = leaf
        self._size += 1
        for level in range(len(self._rows) + 1):
            if level == len(self._rows):
                self._rows.append([])
            row = self._rows[level]
            row.append(carried)
            if len(row) < TILE_WIDTH:
                break
            index = (self._size >> (TILE_HEIGHT * (level + 1))) - 1
            filled.append((Tile(level, index), b"".join(row)))
            carried = tile_root(row)
            self._rows[level] = []
        return filled

    def partial_tiles(self) -> list[tuple[Tile, bytes]]:
        """Return the partial tiles of the tree as it stands, with their bytes."""
        return [
            (Tile(level, tile_row(level, self._size)[0], len(row)), b"".join(row))
            for level, row in enumerate(self._rows)
            if row
        ]

    def frontier(self) -> Frontier:
        """Return the frontier of the tree: each row is a tree of its own over its hashes."""
        hashes: list[bytes] = []
        for row in reversed(self._rows):
            part = Frontier()
            for each in row:
                part.push(each)
            hashes += part.hashes
        return Frontier(self._size, hashes)

    def root(self) -> bytes:
        """Return the root of the tree."""
        return self.frontier().root()
