"""The second place of each log's newest checkpoint: a directory that no backup of the database brings back.

A database that was restored has forgotten what was signed since; signing again would show the world two histories.
So what was signed last is kept here, too, and compared before the next signature.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import uuid
from collections.abc import Iterator
from pathlib import Path


class CheckpointMoved(Exception):
    """What is kept is not what was expected there: another process has signed meanwhile."""


class CheckpointStore:
    """One file a log, named after it, replaced as a whole.

    :param directory: made where it does not exist; on storage that every host that signs can reach.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def path(self, log_id: uuid.UUID) -> Path:
        """Return where a log's newest checkpoint is kept."""
        return self._directory / str(log_id)

    def read(self, log_id: uuid.UUID) -> bytes | None:
        """Return the checkpoint that was signed last, or None where there is none.

        :raises OSError: where that cannot be known.
        """
        try:
            return self.path(log_id).read_bytes()
        except FileNotFoundError:
            return None

    def replace(self, log_id: uuid.UUID, expected: bytes | None, checkpoint: bytes) -> None:
        """Keep a checkpoint in place of another; it outlasts a loss of power from the return on.

        :param expected: what must be kept now, None for nothing.
        :raises CheckpointMoved: where something else is, which stays.
        :raises OSError: where it cannot be written; then either is kept.
        """
        self._directory.mkdir(parents=True, exist_ok=True)
        with self._locked(log_id):
            if self.read(log_id) != expected:
                raise CheckpointMoved(str(log_id))
            path = self.path(log_id)
            fresh = path.with_name(f"{path.name}.new")
            with fresh.open("wb") as file:
                file.write(checkpoint)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(path)
            _sync(self._directory)

    @contextlib.contextmanager
    def _locked(self, log_id: uuid.UUID) -> Iterator[None]:
        with (self._directory / f"{log_id}.lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # released when the file is closed, by a crash too
            yield


def _sync(directory: Path) -> None:
    """Make names in a directory outlast a loss of power."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
