"""The logs of an installation as one process works on them."""

from __future__ import annotations

import datetime as dt
import threading
import time
import uuid
from collections import OrderedDict
from pathlib import Path
from typing import Final

from sqlalchemy.orm import Session

from app.config import Settings
from app.db.units import Units
from app.models.audit import INSTALLATION_LOG
from app.services.translog.checkpoint_store import CheckpointStore
from app.services.translog.keys import LogKeys, LogSigner
from app.services.translog.publishing import publish
from app.services.translog.sequencing import lock_log, sequence

#: Within how many milliseconds of its receipt an entry is in the log. The sequencer needs a fraction of a second;
#: the rest is for a server that restarts.
PROMISED_WITHIN_MS: Final = 60_000

EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)

#: How long a key signs receipts in a process after another has retired it, in seconds.
SIGNER_HELD: Final = 60.0

#: Logs whose keys a process holds.
_MOST_SIGNERS = 10_000

#: Batches for which one reader waits at most; more wait only after the sequencer was away for long.
_MOST_BATCHES = 5


class TransparencyLog:
    """Sequences, publishes and promises; shared by the threads of a process.

    :param units: the database.
    :param keys: of the logs.
    :param store: the second place of checkpoints.
    """

    def __init__(self, units: Units, keys: LogKeys, store: CheckpointStore) -> None:
        self.units = units
        self.keys = keys
        self.store = store
        self._signers: OrderedDict[uuid.UUID, tuple[float, LogSigner]] = OrderedDict()
        self._lock = threading.Lock()

    @classmethod
    def build(cls, settings: Settings, units: Units) -> TransparencyLog:
        """Make the logs of a process; nothing is read yet."""
        keys = LogKeys(settings.secret_key, settings.public_url)
        return cls(units, keys, CheckpointStore(Path(settings.checkpoint_store)))

    def advance(self, log_id: uuid.UUID) -> int:
        """Sequence what waits and publish the checkpoint over it; return how many entries were sequenced.

        The installation's own log is sequenced, not published: there is nobody yet to serve it to.

        :raises SigningRefused, CheckpointMoved, OSError: where no checkpoint could be published.
        :raises DamagedEntry: where the log cannot go on.
        """
        moved = sequence(self.units, log_id)
        if log_id != INSTALLATION_LOG:
            publish(self.units, self.keys, self.store, log_id)
        return moved

    def catch_up(self, log_id: uuid.UUID) -> None:
        """Give a place to every entry committed before, as far as one reader may wait for that."""
        for _ in range(_MOST_BATCHES):
            if not sequence(self.units, log_id, wait=True):
                return

    def receipt(
        self,
        log_id: uuid.UUID,
        event: uuid.UUID,
        leaf: bytes,
        at: dt.datetime,
        *,
        session: Session | None = None,
    ) -> str:
        """Promise that an entry will be in the log; asked again, promise the same by the same time.

        :param event: of the entry.
        :param at: when the entry was written, by the database's clock.
        :param session: of the transaction that wrote it, where the answer goes out only with its commit; None once
            it is committed.
        :return: the signed note.
        :raises SettingsError: where the installation's secret does not open the key.
        :raises sqlalchemy.exc.SQLAlchemyError: where the key has to be read or made and cannot.
        """
        written = (at - EPOCH) // dt.timedelta(milliseconds=1)
        note = self._signer(log_id, session).receipt(
            str(event), leaf, time=written, within=PROMISED_WITHIN_MS
        )
        return note.decode()

    def ballot_receipt(
        self,
        log_id: uuid.UUID,
        ballot: uuid.UUID,
        tracker: uuid.UUID,
        digest: str,
        *,
        session: Session | None = None,
    ) -> str:
        """Promise that a vote kept apart from its voter will be in the ballot box: always the same note.

        :param session: as for :meth:`receipt`.
        :raises SettingsError, sqlalchemy.exc.SQLAlchemyError: as :meth:`receipt` raises them.
        """
        signer = self._signer(log_id, session)
        return signer.ballot_receipt(str(ballot), str(tracker), digest).decode()

    def box_checkpoint(self, log_id: uuid.UUID, ballot: uuid.UUID, size: int, root: bytes) -> bytes:
        """Return the signed checkpoint of a certified ballot box: always the same note.

        :raises SettingsError, sqlalchemy.exc.SQLAlchemyError: as :meth:`receipt` raises them.
        """
        return self._signer(log_id, None).box_checkpoint(str(ballot), size, root)

    def _signer(self, log_id: uuid.UUID, session: Session | None) -> LogSigner:
        expires, signer = self._signers.get(log_id, (0.0, None))
        if signer is not None and time.monotonic() < expires:
            return signer
        with self.units.read() as reading:
            found = self.keys.signer(reading, log_id)
        if found is None and session is not None:
            lock_log(session, log_id, wait=True)
            return self.keys.ensure(
                session, log_id
            )  # not kept: nobody knows yet whether it will be committed
        if found is None:
            with self.units.write() as writing:
                lock_log(writing, log_id, wait=True)
                found = self.keys.ensure(writing, log_id)
        with self._lock:
            self._signers[log_id] = (time.monotonic() + SIGNER_HELD, found)
            while len(self._signers) > _MOST_SIGNERS:
                self._signers.popitem(last=False)
        return found
