"""The keys on which everything rests: what the caller named on the command line, and those that they vouch for."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass

from app.domain.translog import checkpoints
from app.domain.translog.checkpoints import Checkpoint
from app.domain.translog.keys import VerifierKey
from app.domain.translog.signed_notes import InvalidSignature
from app.domain.translog.successions import Succession, successors
from app.verify.ed25519 import verify
from app.verify.sources import KEYS, LARGEST_KEYS, LogSource, Missing


@dataclass(frozen=True, slots=True)
class LogKeys:
    """Whose signatures a checkpoint must bear.

    :param log: the log's own; its name is the log's origin.
    :param witnesses: cosigners, each of whom is demanded.
    :param followed_by: the keys that followed the log's own, each vouched for by the one before.
    """

    log: VerifierKey
    witnesses: tuple[VerifierKey, ...] = ()
    followed_by: tuple[Succession, ...] = ()

    def open_checkpoint(self, data: bytes) -> Checkpoint:
        """Return what a signed checkpoint states.

        :raises InvalidNote: for bytes that are none.
        :raises InvalidSignature: where a signature is missing or false, or of a key that had retired by then.
        """
        return self.opened(data)[0]

    def opened(self, data: bytes) -> tuple[Checkpoint, VerifierKey]:
        """Return what a signed checkpoint states, and the log's key that signed it.

        :raises InvalidNote: as :meth:`open_checkpoint`, likewise InvalidSignature.
        """
        chain = [self.log, *(each.key for each in self.followed_by)]
        for place in reversed(range(1, len(chain))):
            try:
                return self._by(data, chain[place], place), chain[place]
            except InvalidSignature:
                continue
        return self._by(data, self.log, 0), self.log

    def with_successors(self, source: LogSource) -> LogKeys:
        """Return these keys with all that follow, as the log publishes them and they vouch for each other.

        What is published and no signature vouches for is passed over: nobody has to be believed.

        :raises Unreachable: where the log cannot be read.
        """
        try:
            document = json.loads(source.read(KEYS, LARGEST_KEYS))
            notes = [key["succession"].encode() for key in document["keys"] if key["succession"] is not None]
        except (Missing, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            notes = []
        return dataclasses.replace(self, followed_by=tuple(successors(self.log, notes, verify)))

    def _by(self, data: bytes, key: VerifierKey, place: int) -> Checkpoint:
        stated = checkpoints.open_checkpoint(data, key, verify, self.witnesses)[0]
        if place < len(self.followed_by) and stated.size > self.followed_by[place].size:
            raise InvalidSignature(
                f"{key.vkey} retired at {self.followed_by[place].size:,} entries, and signs {stated.size:,}"
            )
        return stated
