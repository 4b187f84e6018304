"""What a follower of a log keeps from one run to the next: the last checkpoint, and how far it has read."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.domain.canonical_json import canonical_json
from app.domain.translog.edge import Edge
from app.domain.translog.tiles import TILE_WIDTH

FORMAT: Final = "althing-log-state/1"


class InvalidState(ValueError):
    """A file that is no state of this program."""


@dataclass(frozen=True, slots=True)
class State:
    """The state.

    :param checkpoint: the last one accepted, signed, byte for byte: it is what shows a fork to others.
    :param verified: the edge of the tree over the entries that were read and found right, whole tiles of them.
    """

    checkpoint: bytes
    verified: Edge

    def encode(self) -> bytes:
        """Return the state as its file holds it."""
        rows = [[each.hex() for each in row] for row in self.verified.rows]
        document = {"checkpoint": self.checkpoint.decode(), "format": FORMAT, "verified": rows}
        return canonical_json(document) + b"\n"

    @classmethod
    def read(cls, data: bytes) -> State:
        """Read a state.

        :raises InvalidState: for anything else.
        """
        try:
            document = json.loads(data)
            known = document["format"] == FORMAT
            edge = Edge([[bytes.fromhex(each) for each in row] for row in document["verified"]])
            edge.frontier()  # refuses what are no hashes
            checkpoint = document["checkpoint"].encode()
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise InvalidState(f"no state of a log: {error!r}") from None
        if not known:
            raise InvalidState(f"the format is not {FORMAT}")
        if edge.size % TILE_WIDTH:
            raise InvalidState("what was verified ends within a tile")
        return cls(checkpoint, edge)


def load_state(path: Path) -> State | None:
    """Return the state in a file, or None where there is no file yet.

    :raises InvalidState: for a file that holds something else.
    :raises OSError: for one that cannot be read.
    """
    try:
        return State.read(path.read_bytes())
    except FileNotFoundError:
        return None


def save_state(path: Path, state: State) -> None:
    """Replace the state in a file: after a crash it holds the old one or the new one, whole.

    :raises OSError: where it cannot be written.
    """
    beside = path.with_name(f"{path.name}.new")
    with beside.open("wb") as stream:
        stream.write(state.encode())
        stream.flush()
        os.fsync(stream.fileno())
    beside.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
