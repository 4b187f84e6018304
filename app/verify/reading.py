"""Reading a whole log: every entry, compared with the tiles, and both with the checkpoint, in bounded memory."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from app.domain.evidence.faults import MOST_OF_A_KIND, Report
from app.domain.translog.authentic_tiles import AuthenticTiles, WrongTile
from app.domain.translog.checkpoints import Checkpoint
from app.domain.translog.edge import Edge
from app.domain.translog.entries import InvalidEntries, decode_entries, encode_entries
from app.domain.translog.hashing import leaf_hash
from app.domain.translog.proofs import InvalidProof, prove_consistency, verify_consistency
from app.domain.translog.signed_notes import InvalidNote, InvalidSignature
from app.domain.translog.tiles import TILE_WIDTH, InvalidTile, Tile, TileReader, tile_row
from app.verify.keys import LogKeys
from app.verify.sources import (
    CHECKPOINT,
    LARGEST_BUNDLE,
    LARGEST_CHECKPOINT,
    LogSource,
    Missing,
    fetch_tile,
)


@dataclass(frozen=True, slots=True)
class Bundle:
    """The entries behind one tile of level 0.

    :param first: index of the first of them in the log.
    """

    first: int
    entries: list[bytes]


def read_checkpoint(report: Report, source: LogSource, keys: LogKeys) -> tuple[bytes, Checkpoint] | None:
    """Return the log's checkpoint, signed and read; None where it is no good, which is noted.

    :raises Unreachable: where the log cannot be read.
    """
    try:
        data = source.read(CHECKPOINT, LARGEST_CHECKPOINT)
        return data, keys.open_checkpoint(data)
    except Missing:
        report.found("checkpoint-malformed", CHECKPOINT, "there is none")
    except InvalidNote as malformed:
        report.found("checkpoint-malformed", CHECKPOINT, str(malformed))
    except InvalidSignature as unsigned:
        report.found("checkpoint-not-signed", CHECKPOINT, str(unsigned))
    return None


def extends(report: Report, source: LogSource, old: Checkpoint, new: Checkpoint) -> bool:
    """Say whether a log has grown out of what it once was; where not, that is noted.

    :raises Unreachable: where the log cannot be read.
    """
    if new.size < old.size:
        report.found("log-shrank", CHECKPOINT, f"it had {old.size:,} entries and now has {new.size:,}")
        return False
    try:
        reader = TileReader(new.size, lambda tile: fetch_tile(source, tile))
        proof = prove_consistency(reader, old.size, new.size)
        verify_consistency(old.size, new.size, old.root, new.root, proof)
    except InvalidTile as wrong:
        report.found("tile-wrong", f"from {old.size:,} to {new.size:,} entries", str(wrong))
        return False
    except InvalidProof as fork:
        report.found("log-forked", CHECKPOINT, f"from {old.size:,} to {new.size:,} entries: {fork}")
        return False
    return True


def read_log(report: Report, source: LogSource, checkpoint: Checkpoint, edge: Edge) -> Iterator[Bundle]:
    """Yield the entries of a log, bundle after bundle, each compared with its tile; note every fault.

    Once all are read, the tree over them has the checkpoint's root, or that is noted. A bundle that cannot be read
    is passed over.

    :param edge: of the tree over the entries before those that are read, whole tiles of them; it grows with them.
    :raises Unreachable: where the log cannot be read.
    """
    reading = _Reading(report, source, checkpoint, edge)
    full, width = tile_row(0, checkpoint.size)
    for number in range(tile_row(0, edge.size)[0], full + (width > 0)):
        tile = Tile(0, number) if number < full else Tile(0, number, width)
        entries = reading.entries(tile)
        if not reading.grow(tile, entries):
            return
        if entries is not None:
            yield Bundle(number * TILE_WIDTH, entries)
    reading.finish()


class _Reading:
    """One reading of a log.

    As long as the tiles on the right edge make the checkpoint's root, every tile can be judged, and by it the
    entries. Where they do not, the tree over the entries is the judge once it is whole.
    """

    def __init__(self, report: Report, source: LogSource, checkpoint: Checkpoint, edge: Edge) -> None:
        self._report = report
        self._source = source
        self._checkpoint = checkpoint
        self._edge = edge
        self._unlike: list[Tile] = []
        self._tiles: AuthenticTiles | None = None
        # Where the edge is wrong, which of its tiles are is found once the tree over the entries is whole.
        with contextlib.suppress(InvalidTile):
            self._tiles = AuthenticTiles(checkpoint.size, checkpoint.root, self._fetch)

    def entries(self, tile: Tile) -> list[bytes] | None:
        """Return the entries behind a tile, or None where they cannot be read, which is noted."""
        try:
            data = self._read_entries(tile)
            return decode_entries(data, tile.width)
        except Missing:
            self._report.found("entries-wrong", tile.entries_path, "it is missing")
        except InvalidEntries as invalid:
            self._report.found("entries-wrong", tile.entries_path, str(invalid))
        return None

    def grow(self, tile: Tile, entries: list[bytes] | None) -> bool:
        """Compare entries with their tile and let the tree grow by them; False where both are of no use."""
        leaves = None if entries is None else [leaf_hash(entry) for entry in entries]
        told = self._told(tile)
        if leaves is not None and told is not None and leaves != told:
            at = next(at for at, (one, other) in enumerate(zip(leaves, told, strict=True)) if one != other)
            where = f"{tile.entries_path} entry {tile.index * TILE_WIDTH + at}"
            self._report.found("entries-wrong", where, "it is not the one under the checkpoint")
        known = told or leaves
        for leaf in known or ():
            for filled, data in self._edge.push(leaf):
                self._compare(filled, data)
        return known is not None

    def finish(self) -> None:
        """Compare the root of the whole tree with the checkpoint's."""
        if self._edge.root() != self._checkpoint.root:
            detail = f"the {self._edge.size:,} entries make another root"
            self._report.found("root-differs", CHECKPOINT, detail)
            return
        for tile, data in self._edge.partial_tiles():
            self._compare(tile, data)
        for tile in self._unlike:
            self._report.found("tile-wrong", tile.path, "it is not the one over the entries")

    def _told(self, tile: Tile) -> list[bytes] | None:
        """Return the hashes of a tile's leaves as the checkpoint vouches for them."""
        if self._tiles is None:
            return None
        try:
            return list(self._tiles.leaves(tile.index))
        except WrongTile as wrong:
            self._report.found("tile-wrong", wrong.path, str(wrong))
            return None

    def _compare(self, tile: Tile, data: bytes) -> None:
        """Remember a tile that is not the one over the entries, where none could be judged before."""
        if self._tiles is None and len(self._unlike) < MOST_OF_A_KIND:
            try:
                same = self._fetch(tile) == data
            except InvalidTile:
                same = False
            if not same:
                self._unlike.append(tile)

    def _fetch(self, tile: Tile) -> bytes:
        return fetch_tile(self._source, tile)

    def _read_entries(self, tile: Tile) -> bytes:
        """Return a bundle of entries; a partial one that is gone is cut from the full one in its place."""
        try:
            return self._source.read(tile.entries_path, LARGEST_BUNDLE)
        except Missing:
            if tile == tile.full:
                raise
            whole = decode_entries(self._source.read(tile.full.entries_path, LARGEST_BUNDLE), TILE_WIDTH)
            return encode_entries(whole[: tile.width])
