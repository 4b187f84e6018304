"""What a server and its database compute, by the kernel's accounts.

Votes a second depend on what else the machine does; the processor time of a vote hardly does, and on a machine
that is kept busy its inverse is the votes a second. Only Linux tells of other processes; elsewhere there is no
such figure.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import sqlalchemy as sa

from benchmarks.databases import Database

_PROC = Path("/proc")


def is_known() -> bool:
    """Say whether this system tells what other processes compute."""
    return (_PROC / "self" / "stat").exists()


class Meter:
    """Adds up the processor seconds of a server's processes and, on PostgreSQL, of those that serve it."""

    def __init__(self, database: Database, server: int) -> None:
        """:param server: process id of the server; its children count too."""
        self._database = database
        self._server = server

    def read(self) -> dict[int, float]:
        """Return processor seconds by process id, all counted from the process's start."""
        if not is_known():
            return {}
        found = {}
        for pid in (*_family(self._server), *self._backends()):
            try:
                times = _fields(pid)[11:13]
            except OSError:
                continue  # it has ended
            found[pid] = sum(map(int, times)) / os.sysconf("SC_CLK_TCK")
        return found

    def _backends(self) -> Iterable[int]:
        if self._database.kind != "postgresql":
            return ()
        with self._database.engine.connect() as connection:
            return connection.scalars(
                sa.text("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
            ).all()


def spent(before: dict[int, float], after: dict[int, float]) -> float:
    """Return the processor seconds between two readings."""
    return sum(seconds - before.get(pid, 0.0) for pid, seconds in after.items())


def _family(pid: int) -> list[int]:
    """Return a process and all its descendants."""
    family = [pid]
    for member in family:
        for children in (_PROC / str(member) / "task").glob("*/children"):
            family.extend(map(int, children.read_text().split()))
    return family


def _fields(pid: int) -> list[str]:
    """Return the fields of a process's ``stat`` after its name, which may hold spaces (proc(5))."""
    return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
