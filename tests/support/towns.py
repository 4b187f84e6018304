"""Towns that were founded before: what a portal makes at first in an empty database is put there instead.

Founding a town with its members is half of the requests of most tests. The second time that a process's tests found
the same one, the database is kept as it is then, and from then on put in the place of the empty one. So it goes with
whoever joins, as long as nothing else was done.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from app.db.clock import database_now
from app.db.units import Units
from app.services.charters import versions
from tests.support import warm
from tests.support.compiled import changes

#: Seconds: dates in what is put back are older than they would be, and access tokens expire.
_OLDEST = 240
_A_MOMENT = dt.timedelta(seconds=3)

Facts = dict[str, Any]


@dataclass(frozen=True)
class Kept:
    """What a database held once a town was founded, and who that is."""

    at: float
    contents: warm.Contents | Path
    made: Facts


class Towns:
    """The towns of one process, of both kinds of databases, and those who joined before anything else was done."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._kept: dict[str, Kept | None] = {}
        self._key = ""
        self._mark: object = None

    def found(self, units: Units, facts: Facts, make: Callable[[], Facts]) -> Facts:
        """Return the town that ``make`` would found, or what else it would fill a database with, unless it is kept.

        :param facts: all that tells it from others.
        :param make: founds it and returns who it is, in terms of JSON.
        """
        url = _url(units)
        if not (url.startswith("sqlite") or warm.warm(url)) or not _empty(units):
            return make()
        return self._after(units, json.dumps([url[:6], facts], sort_keys=True), make)

    def joined(self, units: Units, town: str, roles: tuple[str, ...], make: Callable[[], Facts]) -> Facts:
        """Return who ``make`` would have join, which it does unless nothing was done since the town was founded."""
        if self._mark is None or self._mark != (town, changes(units)):
            return make()
        return self._after(units, f"{self._key} {roles}", make, town)

    def _after(self, units: Units, key: str, make: Callable[[], Facts], town: str = "") -> Facts:
        self._mark = None
        if not _now(units):
            return make()
        url, kept = _url(units), self._kept.get(key)
        if kept is not None and time.monotonic() - kept.at < _OLDEST:
            self._put(url, kept)
            made = kept.made
        else:
            made = make()
            # Once is no reason to keep it.
            self._kept[key] = self._keep(url, made) if key in self._kept else None
        # What follows is kept for this very town and person: another is made once these are too old.
        self._key = f"{key} {made.get('id')} {made.get('account_id')}"
        self._mark = (town or made.get("id"), changes(units))
        return made

    def _keep(self, url: str, made: Facts) -> Kept:
        if not url.startswith("sqlite"):
            return Kept(time.monotonic(), warm.contents_of(url), made)
        file = self._directory / f"{time.monotonic_ns()}.db"
        _copy(url.removeprefix("sqlite:///"), file)
        return Kept(time.monotonic(), file, made)

    def _put(self, url: str, kept: Kept) -> None:
        # A community's charters are known to the process by its id: here they are once more to come.
        versions._versions._known.clear()
        if isinstance(kept.contents, warm.Contents):
            warm.put(url, kept.contents)
        else:
            _copy(kept.contents, url.removeprefix("sqlite:///"))


def _copy(source: str | Path, target: str | Path) -> None:
    with (
        contextlib.closing(sqlite3.connect(source)) as there,
        contextlib.closing(sqlite3.connect(target)) as here,
    ):
        there.backup(here)


def _url(units: Units) -> str:
    return units.engine.url.render_as_string(hide_password=False).replace("+psycopg", "")


def _empty(units: Units) -> bool:
    """Return whether nobody has done anything."""
    with units.read() as session:
        done = "SELECT EXISTS (SELECT 1 FROM accounts) OR EXISTS (SELECT 1 FROM audit_outbox)"
        return not session.execute(sa.text(done)).scalar_one()


def _now(units: Units) -> bool:
    """Return whether the database's clock shows the time."""
    with units.read() as session:
        return abs(database_now(session) - dt.datetime.now(dt.UTC)) < _A_MOMENT
