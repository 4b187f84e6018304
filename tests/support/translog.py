"""Logs made in memory as a service would publish them, and written to folders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from app.domain.translog.checkpoints import Checkpoint, sign_checkpoint
from app.domain.translog.edge import Edge
from app.domain.translog.entries import encode_entries
from app.domain.translog.hashing import leaf_hash
from app.domain.translog.keys import Algorithm
from app.domain.translog.proofs import prove_inclusion
from app.domain.translog.tiles import TILE_WIDTH, Tile, TileReader
from app.domain.translog.tlog_proofs import TlogProof
from tests.support.signing import SigningKey

ORIGIN = "vote.example/audit"
LOG_KEY = SigningKey.of(ORIGIN, bytes(range(32)))
RECEIPT_KEY = SigningKey.of(f"{ORIGIN}/receipt", bytes(range(32)))
WITNESS_KEY = SigningKey.of("witness.example/w1", bytes([7]) * 32, Algorithm.COSIGNATURE_V1)

Files = dict[str, bytes]
"""Path to content."""


def tree_of(entries: Sequence[bytes]) -> tuple[Edge, Files]:
    """Return the edge of the tree over some entries, and all of its tiles."""
    edge, files = Edge(), {}
    for entry in entries:
        files |= {tile.path: data for tile, data in edge.push(leaf_hash(entry))}
    return edge, files | {tile.path: data for tile, data in edge.partial_tiles()}


def checkpoint_of(edge: Edge, key: SigningKey = LOG_KEY) -> bytes:
    """Return a tree's signed checkpoint."""
    return sign_checkpoint(Checkpoint(key.verifier.name, edge.size, edge.root()), key.verifier, key.sign)


def log_of(entries: Sequence[bytes], key: SigningKey = LOG_KEY) -> Files:
    """Return all files of a log in the layout of C2SP tlog-tiles."""
    edge, files = tree_of(entries)
    for first in range(0, len(entries), TILE_WIDTH):
        part = entries[first : first + TILE_WIDTH]
        files[Tile(0, first // TILE_WIDTH, len(part)).entries_path] = encode_entries(part)
    return files | {"checkpoint": checkpoint_of(edge, key)}


def proof_of(files: Mapping[str, bytes], index: int, size: int) -> bytes:
    """Return the proof that an entry is in a log, as it travels alone."""
    hashes = prove_inclusion(TileReader(size, lambda tile: files[tile.path]), index, size)
    return TlogProof(index, tuple(hashes), files["checkpoint"]).encode()


def write_files(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Write files into a folder, which holds them and no others afterwards; return the folder."""
    for old in sorted(folder.rglob("*"), reverse=True):
        if old.is_file() and old.relative_to(folder).as_posix() not in files:
            old.unlink()
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder
