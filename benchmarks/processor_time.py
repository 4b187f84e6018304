"""What a server and its database compute, by the kernel's accounts.

Votes a second depend on what else the machine does; the processor time of a vote hardly does, and on a machine
that is kept busy its inverse is the votes a second. Only Linux tells of other processes; elsewhere there is no
such figure.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from benchmarks.databases import Database

_PROC = Path("/proc")


def is_known() -> bool:
    """Say whether this system tells what other processes compute."""
    return (_PROC / "self" / "stat").exists()


@dataclass(frozen=True)
class Cost:
    """Processor time of one vote in microseconds: the server's processes, and those of PostgreSQL for us."""

    server: float
    database: float


class Meter:
    """Adds up what the processes of a server, and of PostgreSQL on its behalf, compute between start and stop.

    :param server: process id of the server; its children count too.
    """

    def __init__(self, database: Database, server: int) -> None:
        self._database = database
        self._server = server
        self._started: dict[int, float] = {}

    def start(self) -> None:
        """Begin."""
        self._started = _seconds(_family(self._server)) | _seconds(self._backends())

    def stop(self, votes: int) -> Cost:
        """End, and share it out among so many votes."""
        return Cost(*(self._since(pids) / votes * 1e6 for pids in (_family(self._server), self._backends())))

    def _since(self, pids: Iterable[int]) -> float:
        return sum(now - self._started.get(pid, 0.0) for pid, now in _seconds(pids).items())

    def _backends(self) -> Iterable[int]:
        if self._database.kind != "postgresql" or not is_known():
            return ()
        with self._database.engine.connect() as connection:
            return connection.scalars(
                sa.text("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
            ).all()


def _seconds(pids: Iterable[int]) -> dict[int, float]:
    """Return processor seconds since each process began; those that have ended are left out."""
    found = {}
    for pid in pids:
        with contextlib.suppress(OSError):
            # utime and stime of proc(5), counted after the name, which may hold spaces
            fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
            found[pid] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return found


def _family(pid: int) -> list[int]:
    """Return a process and all its descendants."""
    family = [pid]
    for member in family:
        for children in (_PROC / str(member) / "task").glob("*/children"):
            family.extend(map(int, children.read_text().split()))
    return family
