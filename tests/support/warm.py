"""PostgreSQL databases that several tests use one after another, each finding what a new one holds.

A new database's first connections have the whole catalogue to read and every statement to plan: on databases that
live for a second, half of PostgreSQL's work. So a database is emptied when a test is done with it, and the next test
gets it with its connections. One that a test left otherwise than a row's worth (a trigger dropped, a connection in a
transaction, statistics) is dropped.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import psycopg
import sqlalchemy as sa

from tests.support.settings import checkpoint_store_of

#: What is deleted stays in the files for a while: after so many tests a new database is the faster one.
_TESTS_OF_ONE = 40

_ROWS = """
SELECT relation.relname, string_agg(quote_ident(attribute.attname), ', ' ORDER BY attribute.attnum)
FROM pg_class relation JOIN pg_attribute attribute ON attribute.attrelid = relation.oid
WHERE relation.relkind = 'r' AND relation.relnamespace = 'public'::regnamespace
AND attribute.attnum > 0 AND NOT attribute.attisdropped AND attribute.attgenerated = ''
GROUP BY relation.relname ORDER BY relation.relname
"""
_SCHEMA = """
SELECT (SELECT (count(*), max(oid), sum(xmin::text::bigint)) FROM pg_class WHERE oid >= 16384)::text,
    (SELECT (count(*), sum(xmin::text::bigint)) FROM pg_attribute WHERE attrelid >= 16384)::text,
    (SELECT (count(*), sum(xmin::text::bigint)) FROM pg_trigger)::text,
    (SELECT (count(*), sum(xmin::text::bigint)) FROM pg_constraint)::text,
    (SELECT (count(*), sum(xmin::text::bigint)) FROM pg_proc)::text,
    (SELECT count(*) FROM pg_statistic WHERE starelid >= 16384),
    (SELECT (sum(relpages), sum(reltuples)) FROM pg_class WHERE oid >= 16384)::text,
    (SELECT count(*) FROM pg_db_role_setting WHERE setdatabase =
        (SELECT oid FROM pg_database WHERE datname = current_database()))
"""
_BUSY = """
SELECT (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
    AND backend_type = 'client backend' AND state <> 'idle')
+ (SELECT count(*) FROM pg_locks JOIN pg_database ON oid = database
    WHERE datname = current_database() AND locktype = 'advisory')
"""


@dataclass(frozen=True)
class Contents:
    """All rows of a database, in PostgreSQL's own binary form, and where its sequences stand."""

    rows: dict[str, bytes]
    sequences: dict[str, tuple[int, bool]]


@dataclass
class _Warm:
    """A database, the connection that empties it, and the engines of all who use it."""

    url: str
    admin: psycopg.Connection[Any]
    empty: Contents = field(init=False)
    schema: Any = field(init=False)
    engines: dict[bool, sa.Engine] = field(default_factory=dict)
    tests: int = 0

    def __post_init__(self) -> None:
        self.columns = dict(self.admin.execute(_ROWS).fetchall())
        self.empty = self.contents()
        self.schema = self.admin.execute(_SCHEMA).fetchone()

    def filled(self) -> list[str]:
        """Return the tables that have rows."""
        each = (f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {name})" for name in self.columns)
        return [name for (name,) in self.admin.execute(" UNION ALL ".join(each))]

    def contents(self) -> Contents:
        rows = {}
        with self.admin.transaction():
            for name in self.filled():
                columns = self.columns[name]
                with self.admin.cursor().copy(
                    f"COPY (SELECT {columns} FROM {name}) TO STDOUT (FORMAT binary)"
                ) as copy:
                    rows[name] = b"".join(map(bytes, copy))
            sequences = {
                name: (value, called)
                for name, value, called in self.admin.execute(
                    "SELECT seqrelid::regclass::text, coalesce(pg_sequence_last_value(seqrelid), seqstart), "
                    "pg_sequence_last_value(seqrelid) IS NOT NULL FROM pg_sequence "
                    # Those that number rows: a movable clock has two of its own.
                    "WHERE seqrelid IN (SELECT objid FROM pg_depend WHERE deptype IN ('a', 'i'))"
                )
            }
        return Contents(rows, sequences)

    def put(self, contents: Contents) -> None:
        """Make the database hold these rows and no others; triggers and foreign keys are not asked."""
        with self.admin.transaction():
            self.admin.execute("SET LOCAL session_replication_role = replica")
            self.admin.execute("SET LOCAL lock_timeout = '2s'")
            for name in self.filled():
                self.admin.execute(f"DELETE FROM {name}")
            for name, rows in contents.rows.items():
                into = f"COPY {name} ({self.columns[name]}) FROM STDIN (FORMAT binary)"
                with self.admin.cursor().copy(into) as copy:
                    copy.write(rows)
            for name, (value, called) in contents.sequences.items():
                self.admin.execute("SELECT setval(%s::regclass, %s, %s)", (name, value, called))

    def as_it_was(self) -> bool:
        """Return whether a test left nothing behind but rows."""
        return (
            self.tests < _TESTS_OF_ONE
            and all(engine.pool.checkedout() == 0 for engine in self.engines.values())
            and not any(engine.dispatch.before_cursor_execute for engine in self.engines.values())
            and self.admin.execute(_SCHEMA).fetchone() == self.schema
            and self.admin.execute(_BUSY).fetchone() == (0,)
        )

    def close(self) -> None:
        for engine in self.engines.values():
            del engine.dispose  # whoever still uses it may close what they open
            engine.dispose()
        self.admin.close()


_warm: dict[str, _Warm] = {}


def warm(url: str) -> bool:
    """Return whether tests use the database at this address one after another."""
    return url in _warm


def keep(url: str) -> None:
    """Have a new database used by several tests."""
    address = sa.make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    _warm[url] = _Warm(url, psycopg.connect(address, autocommit=True))


def engine_of(url: str, make: Callable[..., sa.Engine], *, autocommit: bool) -> sa.Engine | None:
    """Return the engine that all who use a warm database share; disposing of it leaves its connections open."""
    if url not in _warm:
        return None
    engines = _warm[url].engines
    if autocommit not in engines:
        engines[autocommit] = make(url, autocommit=autocommit)
        engines[autocommit].dispose = lambda close=True: None  # type: ignore[method-assign] # noqa: ARG005
    return engines[autocommit]


def contents_of(url: str) -> Contents:
    """Return what the database holds."""
    return _warm[url].contents()


def put(url: str, contents: Contents) -> None:
    """Make the database hold these contents and nothing else."""
    _warm[url].put(contents)


def emptied(url: str) -> bool:
    """Have the database hold what it held when new; return False where that cannot be, and forget it then."""
    one = _warm[url]
    one.tests += 1
    shutil.rmtree(checkpoint_store_of(url), ignore_errors=True)
    with contextlib.suppress(psycopg.Error):
        if one.as_it_was():
            one.put(one.empty)
            return True
    forget(url)
    return False


def forget(url: str) -> None:
    """Close all connections to the database, and share none that come."""
    one = _warm.pop(url, None)
    if one is not None:
        one.close()
