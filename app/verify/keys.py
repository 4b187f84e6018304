"""The keys on which everything rests: what the caller named on the command line."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.translog import checkpoints
from app.domain.translog.checkpoints import Checkpoint
from app.domain.translog.keys import VerifierKey
from app.verify.ed25519 import verify


@dataclass(frozen=True, slots=True)
class LogKeys:
    """Whose signatures a checkpoint must bear.

    :param log: the log's own; its name is the log's origin.
    :param witnesses: cosigners, each of whom is demanded.
    """

    log: VerifierKey
    witnesses: tuple[VerifierKey, ...] = ()

    def open_checkpoint(self, data: bytes) -> Checkpoint:
        """Return what a signed checkpoint states.

        :raises InvalidNote: for bytes that are none.
        :raises InvalidSignature: where a signature is missing or false.
        """
        return checkpoints.open_checkpoint(data, self.log, verify, self.witnesses)[0]
