"""Statements are compiled once for all tests of a process, not once for each test's engine.

An engine keeps what it compiled under its dialect, so those that came later take over the dialect of the first, once
their own is known to be the same: when they have connected.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from app.db import engine as engines
from app.db import units

_shared: dict[tuple[str, bool], tuple[Any, Any]] = {}


def share_compiled_statements() -> None:
    """Have the engines of all units of work share what they compile."""
    units.make_engine = _make_engine


def _make_engine(url: str, *, autocommit: bool = False) -> sa.Engine:
    made = engines.make_engine(url, autocommit=autocommit)

    def share(*_: object) -> None:
        own = (made.dialect, made._compiled_cache)
        made.dialect, made._compiled_cache = _shared.setdefault((made.dialect.name, autocommit), own)

    event.listen(made.pool, "first_connect", share)
    return made
