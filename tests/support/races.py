"""Races: calls made at one moment, and work that is left unfinished until somebody is seen to wait for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

import sqlalchemy as sa
from werkzeug.test import TestResponse

from app.db.units import Units

_Answer = TypeVar("_Answer")

_WAITING = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)
_PATIENCE_SECONDS = 20.0
#: SQLite tells nobody who waits for its one write lock, so that there only time can tell.
_SQLITE_SECONDS = 0.7


def answers_at_once(calls: Sequence[Callable[[], _Answer]]) -> list[_Answer]:
    """Make calls on threads of their own, all at one moment, and return their answers in the calls' order."""
    barrier = threading.Barrier(len(calls))

    def make(call: Callable[[], _Answer]) -> _Answer:
        barrier.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(make, calls))


def at_once(calls: Sequence[Callable[[], TestResponse]]) -> list[int]:
    """Make calls on threads of their own, all at one moment, and return their statuses in the calls' order."""
    return [answer.status_code for answer in answers_at_once(calls)]


def waits(units: Units, work: Future[Any]) -> bool:
    """Return once ``work`` is done, False, or waits for a lock that this test holds, True."""
    if units.engine.dialect.name == "sqlite":
        time.sleep(_SQLITE_SECONDS)
        return not work.done()
    deadline = time.monotonic() + _PATIENCE_SECONDS
    # Outside of transactions: within one, PostgreSQL shows its activity as it was at the first look.
    with units.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        while not work.done() and time.monotonic() < deadline:
            if connection.execute(sa.text(_WAITING)).scalar_one():
                return True
            time.sleep(0.02)
    return False
