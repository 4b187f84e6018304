"""The sequencer's loop: several times a second, whatever has been committed gets its place and a checkpoint.

Any number may run: of each log one at a time is worked on, and nobody else waits.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid

import sqlalchemy.exc

from app.config import SettingsError
from app.services.translog.checkpoint_store import CheckpointMoved
from app.services.translog.log import TransparencyLog
from app.services.translog.publishing import SigningRefused
from app.services.translog.sequencing import BATCH, DamagedEntry, waiting_logs

INTERVAL_SECONDS = 0.15
#: How long a log rests that cannot go on, so that the reason is told but does not flood.
REST_SECONDS = 10.0

logger = logging.getLogger("althing.log")


class Sequencer:
    """Advances every log in which something waits."""

    def __init__(self, log: TransparencyLog) -> None:
        self._log = log
        self._resting: dict[uuid.UUID, float] = {}

    def run_forever(self, stop: threading.Event) -> None:
        """Work until ``stop`` is set; a database that is away is waited for."""
        while not stop.is_set():
            try:
                busy = self.run_once() >= BATCH
            except sqlalchemy.exc.SQLAlchemyError:
                logger.exception("round failed; the next one tries again")
                busy = False
            if not busy:
                stop.wait(INTERVAL_SECONDS)

    def run_once(self) -> int:
        """Do one round; return how many entries were sequenced."""
        with self._log.units.read() as session:
            waiting = waiting_logs(session)
        now = time.monotonic()
        return sum(self._advance(log_id) for log_id in waiting if self._resting.get(log_id, 0.0) <= now)

    def _advance(self, log_id: uuid.UUID) -> int:
        try:
            moved = self._log.advance(log_id)
        except (SigningRefused, DamagedEntry, CheckpointMoved, SettingsError, OSError) as stopped:
            logger.error("the log cannot go on: %s", stopped, extra={"community": str(log_id)})  # noqa: TRY400 - the message says it all
            self._resting[log_id] = time.monotonic() + REST_SECONDS
            return 0
        self._resting.pop(log_id, None)
        return moved
