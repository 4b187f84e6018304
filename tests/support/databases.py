"""Migrated scratch databases of both kinds, made fast: migrate one template, then copy it for each test."""

from __future__ import annotations

import os
import shutil
import uuid
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command

from app.db.migrations import configuration
from tests.support import warm
from tests.support.clock import add_clock
from tests.support.postgres_cluster import REQUIRE_VARIABLE, THROWAWAY_VARIABLE, URL_VARIABLE

KINDS = ("sqlite", "postgresql")


def postgres_server() -> str:
    """Return the address of the PostgreSQL server whose superuser the tests may use.

    Skips the test where there is none, and fails it where one is demanded.
    """
    url = os.environ.get(URL_VARIABLE)
    if url:
        return url
    if os.environ.get(REQUIRE_VARIABLE) == "1":
        pytest.fail(f"{REQUIRE_VARIABLE}=1 and {URL_VARIABLE} names no server")
    # `make test` starts a server where PostgreSQL is installed, and says so where it is not; CI demands one.
    return pytest.skip("postgres: no server")


class Templates:
    """Makes databases at the newest revision; one template of each kind for the session."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._admin: sa.Engine | None = None
        self._template: str | None = None
        self._file: Path | None = None
        self._made: list[str] = []
        self._emptied: dict[bool, list[str]] = {False: [], True: []}
        self._clocked: dict[str, bool] = {}

    def database(self, kind: str, directory: Path) -> str:
        """Return the URL of a fresh database. PostgreSQL's stay until :meth:`drop` or :meth:`close`."""
        return self._sqlite(directory) if kind == "sqlite" else self._postgres(f"althing_{uuid.uuid4().hex}")

    def _sqlite(self, directory: Path) -> str:
        if self._file is None:
            self._file = self._directory / "template.db"
            command.upgrade(configuration(f"sqlite:///{self._file}"), "head")
        path = directory / f"{uuid.uuid4().hex}.db"
        shutil.copyfile(self._file, path)
        return f"sqlite:///{path}"

    def borrow(self, kind: str, directory: Path, *, clocked: bool) -> str:
        """Return the URL of a database that nothing is in, to be given back to :meth:`take_back`.

        :param clocked: whether its clock will be moved: on PostgreSQL that is a function of its own, which
            connections that came before it do not see.
        """
        if kind == "sqlite":
            return self._sqlite(directory)
        postgres_server()
        if self._emptied[clocked]:
            return self._emptied[clocked].pop()
        url = self.database(kind, directory)
        if clocked:
            add_clock(url)
        warm.keep(url)
        self._clocked[url] = clocked
        return url

    def take_back(self, url: str) -> None:
        """Have a borrowed database used by another test, if it can be emptied, or drop it."""
        if warm.warm(url) and warm.emptied(url):
            self._emptied[self._clocked[url]].append(url)
        else:
            self.drop(url)

    def drop(self, url: str) -> None:
        """Drop a database of PostgreSQL's that a test is done with: thousands would fill the memory they are in."""
        name = sa.make_url(url).database
        if name in self._made:
            self._run(f'DROP DATABASE "{name}" WITH (FORCE)')
            self._made.remove(name)

    def empty_postgres(self) -> str:
        """Return the URL of a PostgreSQL database without any tables; it stays until :meth:`close`."""
        return self._make(f"althing_empty_{uuid.uuid4().hex}")

    def _postgres(self, name: str) -> str:
        server = sa.make_url(postgres_server())
        if self._template is None:
            self._template = f"althing_template_{uuid.uuid4().hex}"
            self._run(f'CREATE DATABASE "{self._template}"')
            url = server.set(database=self._template).render_as_string(hide_password=False)
            command.upgrade(configuration(url), "head")
        return self._make(name, f'TEMPLATE "{self._template}"')

    def _make(self, name: str, how: str = "") -> str:
        self._run(f'CREATE DATABASE "{name}" {how}')
        self._made.append(name)
        return sa.make_url(postgres_server()).set(database=name).render_as_string(hide_password=False)

    def _run(self, statement: str) -> None:
        if self._admin is None:
            url = sa.make_url(postgres_server()).set(drivername="postgresql+psycopg")
            self._admin = sa.create_engine(url, isolation_level="AUTOCOMMIT")
        with self._admin.connect() as connection:
            connection.execute(sa.text(statement))

    def close(self) -> None:
        """Drop what was made, unless the whole server goes when the tests end."""
        for url in [*self._emptied[False], *self._emptied[True]]:
            warm.forget(url)
        for name in [] if os.environ.get(THROWAWAY_VARIABLE) else [*self._made, self._template]:
            if name is not None:
                self._run(f'DROP DATABASE "{name}" WITH (FORCE)')
        if self._admin is not None:
            self._admin.dispose()
