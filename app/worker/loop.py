"""The worker's loop: take the clock's steps, certify ballots that have closed, forget what has expired.

Nothing waits for it: deadlines hold on the request path, and whoever asks first has a result counted and a
community's overdue steps taken.
"""

from __future__ import annotations

import dataclasses
import logging
import threading
import uuid

import sqlalchemy as sa
import sqlalchemy.exc

from app.db.clock import database_now
from app.db.units import Units
from app.http.idempotency import delete_expired
from app.models.ballots import Ballot
from app.services.audit import SERVICE
from app.services.ballots import closing
from app.services.erasure.listing import ErasureList, write_down
from app.services.identity.retention import forget_ended
from app.services.proposals import settlement
from app.services.translog.log import TransparencyLog
from app.worker.sequencing import Sequencer

INTERVAL_SECONDS = 1.0
#: Work done in one round, so that no transaction and no shutdown takes long.
BATCH = 100

logger = logging.getLogger("althing.worker")


class Worker:
    """Does what is due, again and again; any number may run at once."""

    def __init__(self, units: Units, erasures: ErasureList) -> None:
        self._units = units
        self._erasures = erasures

    def run_forever(self, stop: threading.Event) -> None:
        """Work until ``stop`` is set; a database that is away is waited for."""
        while not stop.is_set():
            try:
                self.run_once()
            except sqlalchemy.exc.SQLAlchemyError:
                logger.exception("round failed; the next one tries again")
            stop.wait(INTERVAL_SECONDS)

    def run_once(self) -> int:
        """Do one round; return how many ballots were certified, those of proposals' steps left out."""
        with self._units.read() as session:
            communities = settlement.waiting(session, BATCH)
        for community_id in communities:
            self._settle(community_id)
        with self._units.read() as session:
            waiting = closing.due(session, BATCH)
        certified = sum(self._certify(ballot_id) for ballot_id in waiting)
        with self._units.write() as session:
            delete_expired(session, database_now(session))
            forget_ended(session, most=BATCH)
        self._write_down_erasures()
        return certified

    def _write_down_erasures(self) -> None:
        try:
            with self._units.write() as session:
                write_down(session, self._erasures)
        except OSError:
            logger.exception(
                "the list of erasures cannot be written", extra={"path": str(self._erasures.path)}
            )

    def _settle(self, community_id: uuid.UUID) -> None:
        try:
            settlement.settle(self._units, community_id)
        except (sqlalchemy.exc.SQLAlchemyError, *closing.UNCERTIFIABLE):
            logger.exception("steps could not be taken yet", extra={"community": str(community_id)})

    def _certify(self, ballot_id: uuid.UUID) -> bool:
        try:
            with self._units.write() as session:
                community_id = session.scalars(
                    sa.select(Ballot.community_id).where(Ballot.id == ballot_id)
                ).one()
                actor = dataclasses.replace(SERVICE, community_id=community_id)
                return closing.certify_due(session, actor, ballot_id)
        except (sqlalchemy.exc.SQLAlchemyError, *closing.UNCERTIFIABLE):
            logger.exception("ballot could not be certified yet", extra={"ballot": str(ballot_id)})
            return False


class InlineWorker:
    """Both loops, this one and the sequencer's, in daemon threads of a server's process."""

    def __init__(self, units: Units, log: TransparencyLog, erasures: ErasureList) -> None:
        self._stopping = threading.Event()
        loops = {
            "worker": Worker(units, erasures).run_forever,
            "sequencer": Sequencer(log).run_forever,
        }
        self._threads = [
            threading.Thread(target=loop, args=(self._stopping,), name=name, daemon=True)
            for name, loop in loops.items()
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End the loops and wait for the rounds that run."""
        self._stopping.set()
        for thread in self._threads:
            thread.join()
