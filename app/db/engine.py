"""Engines for the two databases Althing runs on: SQLite embedded, PostgreSQL in production."""

from __future__ import annotations

import math
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

#: Retries belong to the caller; a request waits at most this long for another's lock.
LOCK_TIMEOUT_MS = 5_000
STATEMENT_TIMEOUT_MS = 60_000

#: Statements kept compiled: the API has more than the 500 of SQLAlchemy, and compiling one costs more than most take.
COMPILED_STATEMENTS = 4_000

#: Whoever migrates waits for another who does: half an hour is longer than any migration of an embedded database.
MIGRATION_TIMEOUT_MS = 1_800_000

SQLITE_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",  # NORMAL would let a receipt outlive its vote at power loss
    "foreign_keys=ON",
    "recursive_triggers=ON",  # INSERT OR REPLACE must meet the triggers that guard append-only tables
)


def make_engine(url: str, *, migrating: bool = False, autocommit: bool = False) -> sa.Engine:
    """Create the engine for a database URL.

    :param url: ``sqlite:///path`` or ``postgresql://...`` (``postgres://`` is accepted); PostgreSQL is reached
        through psycopg 3.
    :param migrating: one connection without a pool or time limits, and without SQLite's foreign keys, since
        batch mode drops and recreates parents.
    :param autocommit: on PostgreSQL each statement is its own transaction: for paths that are one statement,
        which then cost one round trip instead of three.
    :raises sqlalchemy.exc.ArgumentError: for a text that is no database URL.
    """
    if url.startswith("postgres://"):
        url = "postgresql://" + url.removeprefix("postgres://")
    parsed = sa.make_url(url)
    # Bound values are votes and people's data: they have no place in a logged traceback.
    options: dict[str, Any] = {"hide_parameters": True, "query_cache_size": COMPILED_STATEMENTS}
    if parsed.get_backend_name() == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
        if migrating:
            return sa.create_engine(parsed, poolclass=sa.NullPool)
        settings = {
            "lock_timeout": LOCK_TIMEOUT_MS,
            "statement_timeout": STATEMENT_TIMEOUT_MS,
            "idle_in_transaction_session_timeout": 2 * STATEMENT_TIMEOUT_MS,
            "timezone": "UTC",
            # Compiling a statement takes longer than a list does: 0.3 s of the 0.47 s of a board of 100,000 ideas.
            "jit": "off",
        }
        arguments: dict[str, Any] = {
            "connect_timeout": 5,
            "options": " ".join(f"-c {name}={value}" for name, value in settings.items()),
        }
        if autocommit:
            # The few statements that run here look rows up by key, so each is planned once and by index: a
            # plan made while a table was small would scan it for ever after.
            for name in ("seqscan", "bitmapscan", "hashjoin", "mergejoin", "material"):
                arguments["options"] += f" -c enable_{name}=off"
            arguments["options"] += " -c plan_cache_mode=force_generic_plan"
            arguments["options"] += " -c join_collapse_limit=1 -c from_collapse_limit=1"  # joins as written
            # Nothing is ever left to roll back.
            options |= {"isolation_level": "AUTOCOMMIT", "pool_reset_on_return": None}
        return sa.create_engine(
            parsed, pool_size=10, max_overflow=10, pool_timeout=5, connect_args=arguments, **options
        )
    if migrating:
        options |= {"poolclass": sa.NullPool}
    foreign_keys = not migrating
    engine = sa.create_engine(parsed, **options)
    patience = MIGRATION_TIMEOUT_MS if migrating else LOCK_TIMEOUT_MS
    pragmas = [f"busy_timeout={patience}"]
    pragmas += [p for p in SQLITE_PRAGMAS if foreign_keys or not p.startswith("foreign_keys")]

    @event.listens_for(engine, "connect")
    def _connect(dbapi: Any, _record: Any) -> None:
        dbapi.isolation_level = None  # the driver opens no transaction by itself
        for pragma in pragmas:
            dbapi.execute(f"PRAGMA {pragma}")
        dbapi.create_function("integer_root", 1, math.isqrt, deterministic=True)

    @event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        # A transaction that will write takes the write lock at once: busy_timeout does not cover an upgrade.
        mode = connection.get_execution_options().get("sqlite_begin", "IMMEDIATE")
        connection.exec_driver_sql(f"BEGIN {mode}")

    return engine
