"""A community's log as a test needs it: advanced by hand, and read as a tool that trusts nobody reads it."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

from app.domain.translog.checkpoints import Checkpoint, open_checkpoint
from app.domain.translog.keys import VerifierKey
from app.verify.ed25519 import verify
from app.verify.sources import Missing
from tests.support.portal import Person, Town


def advance(app: Any, town: Town) -> None:
    """Do what the sequencer does until nothing waits."""
    log = app.extensions["althing.log"]
    while log.advance(uuid.UUID(town.id)):
        pass


def keys(reader: Person, town: Town) -> list[VerifierKey]:
    """Return the log's keys as published, the newest first."""
    found = reader.ok("GET", f"{town.path}/log/keys")["keys"]
    return [VerifierKey.parse(each["checkpoint_key"]) for each in found]


def checkpoint(reader: Person, town: Town) -> Checkpoint:
    """Return what the newest checkpoint states, its signature checked."""
    answer = reader.call("GET", f"{town.path}/log/checkpoint")
    assert answer.status_code == 200, answer.text
    return open_checkpoint(answer.data, keys(reader, town)[0], verify)[0]


class PortalSource:
    """The log as :mod:`app.verify` reads it, through a portal's calls."""

    def __init__(self, reader: Person, town: Town) -> None:
        self._reader, self._town = reader, town

    def read(self, path: str, most: int) -> bytes:
        answer = self._reader.call("GET", f"{self._town.path}/log/{path}")
        if answer.status_code == 404:
            raise Missing(path)
        assert answer.status_code == 200, answer.text
        return answer.data[: most + 1]


def store_of(app: Any) -> Path:
    """Return the directory that is the second place of checkpoints."""
    return Path(app.extensions["althing.settings"].checkpoint_store)
