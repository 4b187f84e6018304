"""Statements are compiled once for all tests of a process, not once for each test's engine.

An engine keeps what it compiled under its dialect, so those that came later take over the dialect of the first, once
their own is known to be the same: when they have connected.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from app.db import engine as engines
from app.db import units
from app.db.units import Units
from tests.support import warm

_commits: Counter[str | None] = Counter()
_shared: dict[tuple[str, bool], tuple[Any, Any]] = {}


def share_compiled_statements() -> None:
    """Have the engines of all units of work share what they compile."""
    units.make_engine = _make_engine


def changes(units: Units) -> int:
    """Return a number that rises with whatever this process changes in a database of tests."""
    return _commits[units.engine.url.database]


def _make_engine(url: str, *, autocommit: bool = False) -> sa.Engine:
    return warm.engine_of(url, _sharing, autocommit=autocommit) or _sharing(url, autocommit=autocommit)


def _sharing(url: str, *, autocommit: bool) -> sa.Engine:
    made = engines.make_engine(url, autocommit=autocommit)

    def share(*_: object) -> None:
        own = (made.dialect, made._compiled_cache)
        made.dialect, made._compiled_cache = _shared.setdefault((made.dialect.name, autocommit), own)

    def count(*_: object) -> None:
        _commits[made.url.database] += 1

    event.listen(made.pool, "first_connect", share)
    event.listen(made, "after_cursor_execute" if autocommit else "commit", count)
    return made
