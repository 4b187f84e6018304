"""Reading a published tree: its tiles, its entries, and proofs made of them.

Only what a checkpoint covers is read: until one is signed, nobody can hold the log to anything else. Of a tile that
is not full every width that was ever published is a prefix of what is stored, so the prefix is served.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.errors import Refusal, refuse
from app.domain.translog.edge import Edge
from app.domain.translog.entries import encode_entries
from app.domain.translog.hashing import EMPTY_ROOT, HASH_SIZE
from app.domain.translog.proofs import prove_consistency, prove_inclusion
from app.domain.translog.subtrees import Range, read_ranges
from app.domain.translog.tiles import TILE_WIDTH, InvalidTile, Tile, TileReader, tile_row
from app.domain.translog.tlog_proofs import TlogProof
from app.models.translog import LogEntry, LogTile, LogTree
from app.services.translog.sequencing import edge_of


@dataclass(frozen=True, slots=True)
class PublishedTree:
    """A tree as far as its checkpoint covers it.

    :param size: leaves under the checkpoint.
    :param checkpoint: the signed note.
    """

    log_id: uuid.UUID
    size: int
    checkpoint: bytes
    fetch: Callable[[Tile], bytes]

    def tile(self, tile: Tile) -> bytes:
        """Return a tile's bytes.

        :raises Refusal: ``not-found`` for one that no tree up to the published size has.
        """
        self._require(tile)
        return self.fetch(tile)

    def entries(self, session: Session, tile: Tile) -> bytes:
        """Return the entries behind a tile of level 0, as one bundle.

        :raises Refusal: ``not-found`` as for the tile.
        """
        self._require(tile)
        start = tile.index * TILE_WIDTH
        bodies = session.scalars(
            sa.select(LogEntry.body)
            .where(
                LogEntry.log_id == self.log_id,
                LogEntry.leaf_index >= start,
                LogEntry.leaf_index < start + tile.width,
            )
            .order_by(LogEntry.leaf_index)
        )
        return encode_entries(bodies)

    def inclusion(self, index: int, size: int | None = None) -> list[bytes]:
        """Return the inclusion proof of a leaf.

        :param size: of the tree in which it is proven; the published one when None.
        :raises Refusal: ``not-found`` for a leaf or a size beyond what is published.
        """
        size = self._within(size)
        if index >= size:
            raise refuse("not-found", f"The tree of {size} leaves has no leaf {index}.")
        return prove_inclusion(self._reader(size), index, size)

    def consistency(self, old: int, new: int | None = None) -> list[bytes]:
        """Return the proof that one tree extends another.

        :param new: the published size when None.
        :raises Refusal: ``not-found`` for a size beyond what is published, or an old one above the new.
        """
        new = self._within(new)
        if old > new:
            raise refuse("not-found", f"The tree of {new} leaves extends none of {old}.")
        return prove_consistency(self._reader(new), old, new)

    def proof_file(self, index: int) -> bytes:
        """Return the inclusion proof of a leaf under the checkpoint, as a file that travels alone.

        :raises Refusal: ``not-found`` as :meth:`inclusion`.
        """
        return TlogProof(index, tuple(self.inclusion(index)), self.checkpoint).encode()

    def root(self, size: int | None = None) -> bytes:
        """Return the root of the tree at a size.

        :raises Refusal: ``not-found`` for a size beyond what is published.
        """
        size = self._within(size)
        return root_at(size, self.fetch)

    def _reader(self, size: int) -> TileReader:
        return TileReader(size, self.fetch)

    def _within(self, size: int | None) -> int:
        if size is None:
            return self.size
        if size > self.size:
            raise refuse("not-found", f"The published tree has {self.size} leaves.")
        return size

    def _require(self, tile: Tile) -> None:
        full, width = tile_row(tile.level, self.size)
        if tile.index >= full and (tile.index > full or tile.width > width):
            raise refuse("not-found", f"The published tree has {self.size} leaves; it has no such tile.")


def published_tree(session: Session, log_id: uuid.UUID) -> PublishedTree:
    """Return a log's published tree.

    :raises Refusal: ``not-in-log-yet`` before the first checkpoint.
    """
    tree = session.get(LogTree, log_id)
    if tree is None or tree.checkpoint is None:
        raise not_yet("The log has no checkpoint yet.")
    return PublishedTree(log_id, tree.published_size, tree.checkpoint, stored_tiles(session, tree))


def not_yet(detail: str) -> Refusal:
    """Return the refusal of what the next checkpoint will most likely cover."""
    return refuse("not-in-log-yet", detail, extensions={"retry_after": 1})


def stored_tiles(session: Session, tree: LogTree) -> Callable[[Tile], bytes]:
    """Return what reads the tiles of a stored tree; of tiles of smaller trees the prefix."""
    edge: Edge = edge_of(tree)
    rows = edge.rows

    def fetch(tile: Tile) -> bytes:
        full, _ = tile_row(tile.level, tree.size)
        if tile.index == full and tile.level < len(rows):
            data = b"".join(rows[tile.level])
        else:
            stored = session.get(LogTile, (tree.log_id, tile.level, tile.index))
            data = b"" if stored is None else stored.data
        return data[: tile.width * HASH_SIZE]

    return fetch


def root_at(size: int, fetch: Callable[[Tile], bytes]) -> bytes:
    """Return the root of a tree's first ``size`` leaves.

    :raises InvalidTile: where the tree has fewer.
    """
    if size == 0:
        return EMPTY_ROOT
    (root,) = read_ranges(TileReader(size, fetch), [Range(0, size)])
    return root


def index_of(session: Session, log_id: uuid.UUID, leaf: bytes) -> int | None:
    """Return the place of a leaf by its hash, or None while it has none."""
    return session.scalar(
        sa.select(LogEntry.leaf_index)
        .where(LogEntry.log_id == log_id, LogEntry.leaf_hash == leaf)
        .order_by(LogEntry.leaf_index)
        .limit(1)
    )


def place_of(session: Session, tree: PublishedTree, index: int | None, leaf: str | None) -> int:
    """Return the place of the published entry that is named by place, by leaf hash, or by both.

    :param leaf: in hexadecimal.
    :raises Refusal: ``not-in-log-yet`` for a leaf hash that is not there; ``not-found`` for a place that is not, or
        has another leaf, and where nothing is named.
    """
    if leaf is not None and index is None:
        index = index_of(session, tree.log_id, bytes.fromhex(leaf))
        if index is None or index >= tree.size:
            raise not_yet("No entry of this leaf hash is in the published tree.")
    if index is None:
        raise refuse("not-found", "Name the entry by index or leaf_hash.")
    if index >= tree.size:
        raise refuse("not-found", f"The published tree has {tree.size} leaves.")
    if leaf is not None and leaf_at(session, tree.log_id, index).hex() != leaf:
        raise refuse("not-found", f"The leaf at {index} has another hash.")
    return index


def leaf_at(session: Session, log_id: uuid.UUID, index: int) -> bytes:
    """Return the leaf hash of the entry at a place that is taken."""
    return session.get_one(LogEntry, (log_id, index)).leaf_hash


def parse_tile(level: str, place: str) -> Tile:
    """Read what the path of a tile has after ``tile/``.

    :raises Refusal: ``not-found`` for any other spelling than the one that a tile has.
    """
    try:
        return Tile.parse(f"tile/{level}/{place}")
    except InvalidTile:
        raise refuse("not-found", "This is no path of a tile.") from None
