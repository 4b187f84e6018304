"""Databases to measure on: made for one run, migrated as in production, and gone afterwards."""

from __future__ import annotations

import contextlib
import sqlite3
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command

from app.db.engine import make_engine
from app.db.migrations import configuration
from benchmarks.floor import TABLE


@dataclass(frozen=True)
class Database:
    """A migrated database that also has the floor's table.

    ``engine`` is the benchmark's own way in, as the service's would be; ``description`` names release and
    durability, without which no figure means anything.
    """

    url: str
    engine: sa.Engine
    description: str

    @property
    def kind(self) -> str:
        """``postgresql`` or ``sqlite``."""
        return self.engine.dialect.name

    def scalar(self, statement: str, parameters: Mapping[str, Any] | None = None) -> Any:
        """Return the first value a statement finds."""
        with self.engine.connect().execution_options(sqlite_begin="DEFERRED") as connection:
            return connection.execute(sa.text(statement), parameters or {}).scalar_one()

    def settle(self) -> None:
        """Let the database put away what was loaded, so that it does not do so while it is measured."""
        statements = ("VACUUM ANALYZE", "CHECKPOINT")
        if self.kind == "sqlite":
            statements = ("ANALYZE", "PRAGMA wal_checkpoint(TRUNCATE)")
        driver = self.engine.raw_connection()
        try:
            connection: Any = driver.driver_connection
            if self.kind == "postgresql":
                connection.autocommit = True
            for statement in statements:
                connection.execute(statement)
            if self.kind == "postgresql":
                connection.autocommit = False
        finally:
            driver.close()


@contextlib.contextmanager
def postgresql(server_url: str) -> Iterator[Database]:
    """Yield a database on a server where we may make one."""
    server = sa.make_url(server_url.replace("postgres://", "postgresql://", 1))
    name = f"althing_bench_{uuid.uuid4().hex[:12]}"
    admin = sa.create_engine(
        server.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool
    )
    with admin.connect() as connection:
        connection.exec_driver_sql(f'CREATE DATABASE "{name}"')
        shown = {
            setting: connection.exec_driver_sql(f"SHOW {setting}").scalar_one()
            for setting in ("server_version", "fsync", "synchronous_commit", "full_page_writes")
        }
    release = shown.pop("server_version").split()[0]
    durability = ", ".join(f"{setting} {value}" for setting, value in shown.items())
    try:
        url = server.set(drivername="postgresql", database=name).render_as_string(hide_password=False)
        yield _prepared(url, f"PostgreSQL {release} ({durability})")
    finally:
        with admin.connect() as connection:
            connection.exec_driver_sql(f'DROP DATABASE "{name}" WITH (FORCE)')


@contextlib.contextmanager
def sqlite() -> Iterator[Database]:
    """Yield a database in a temporary directory, which should lie on a real disk (``TMPDIR``)."""
    with tempfile.TemporaryDirectory(prefix="althing-bench-") as directory:
        url = f"sqlite:///{Path(directory) / 'bench.db'}"
        yield _prepared(url, f"SQLite {sqlite3.sqlite_version} (WAL, synchronous FULL)")


def _prepared(url: str, description: str) -> Database:
    """Migrate a new database and add the floor's table."""
    command.upgrade(configuration(url), "head")
    # The migrations' engine: a bulk load may take longer than a request is allowed to.
    engine = make_engine(url, migrating=True)
    with engine.begin() as connection:
        connection.exec_driver_sql(TABLE[engine.dialect.name])
    return Database(url, engine, description)
