"""Leaves read from tiles that nobody has to be trusted for: each tile is checked against the tree's root."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from app.domain.translog.edge import Edge
from app.domain.translog.tiles import TILE_WIDTH, Fetch, InvalidTile, Tile, tile_root, tile_row, tiles_of


class WrongTile(InvalidTile):
    """A tile that is not the one under the checkpoint.

    :param path: of the tile.
    """

    def __init__(self, path: str, detail: str) -> None:
        super().__init__(f"{path} {detail}")
        self.path = path


class AuthenticTiles:
    """The leaves of a tree whose root is known.

    The tiles on the right edge together make the root; every other tile makes one hash of a tile above it. So each
    costs 255 hashes once, however many of its leaves are asked for. Of every level the last tile is kept.

    :param size: leaves of the tree.
    :param fetch: may raise :class:`InvalidTile` for a tile that is not there.
    :raises InvalidTile: where the right edge does not make the root.
    """

    def __init__(self, size: int, root: bytes, fetch: Fetch) -> None:
        self._size = size
        self._fetch = fetch
        edge = Edge.read(size, fetch)
        if edge.root() != root:
            raise InvalidTile("the tiles on the right edge do not make the root of the checkpoint")
        self._edge = edge.rows
        self._kept: dict[int, tuple[int, Sequence[bytes]]] = {}

    def leaf(self, index: int) -> bytes:
        """Return the hash of a leaf.

        :raises InvalidTile: for a leaf outside the tree, and as :meth:`leaves`.
        """
        if not 0 <= index < self._size:
            raise InvalidTile(f"a tree of {self._size} leaves has no leaf {index}")
        return self.leaves(index // TILE_WIDTH)[index % TILE_WIDTH]

    def leaves(self, number: int) -> Sequence[bytes]:
        """Return the hashes of a tile of level 0.

        :raises WrongTile: where it, or one above it on the way to the edge, is not the one under the root.
        """
        return self._row(0, number)

    def _row(self, level: int, number: int) -> Sequence[bytes]:
        if number == tile_row(level, self._size)[0]:
            return self._edge[level]
        kept, hashes = self._kept.get(level, (-1, ()))
        if kept != number:
            tile = Tile(level, number)
            expected = self._row(level + 1, number // TILE_WIDTH)[number % TILE_WIDTH]
            try:
                hashes = tile.hashes(self._fetch(tile))
            except InvalidTile as invalid:
                raise WrongTile(tile.path, f"cannot be read: {invalid}") from None
            if tile_root(hashes) != expected:
                raise WrongTile(tile.path, "is not the one under the checkpoint")
            self._kept[level] = number, hashes
        return hashes


def tiles_to_prove(indexes: Iterable[int], size: int) -> Iterator[Tile]:
    """Yield the tiles from which :class:`AuthenticTiles` proves some leaves of a tree, each once."""
    edge = {tile.level: tile for tile in tiles_of(size) if tile.width < TILE_WIDTH}
    yield from edge.values()
    named: set[Tile] = set()
    for index in indexes:
        level, number = 0, index // TILE_WIDTH
        while number < tile_row(level, size)[0]:
            tile = Tile(level, number)
            if tile in named:
                break
            named.add(tile)
            yield tile
            level, number = level + 1, number // TILE_WIDTH
