"""The unit of work: one transaction per request or per step of a worker, owned by whoever stands at the edge."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.engine import make_engine
from app.domain.errors import Refusal


class WorkDue(Exception):
    """Other work is due, in transactions of its own, before the unit of work that raises this may go on.

    Whoever stands at the edge does that work and runs the unit of work again from its beginning.
    """


class Units:
    """Opens sessions on one database. Services flush; only a unit of work commits.

    ``engine`` is the database; ``single`` gives connections for paths that are one statement: on PostgreSQL
    they commit it in the same round trip. ``info`` is what every session carries, for those who know it by name.
    """

    def __init__(
        self, engine: sa.Engine, single: sa.Engine | None = None, info: Mapping[str, Any] | None = None
    ) -> None:
        self.engine = engine
        self.info = dict(info or {})
        self.single = single or engine
        self._reading = engine.execution_options(sqlite_begin="DEFERRED")  # same pool, takes no write lock

    @classmethod
    def of(cls, url: str, info: Mapping[str, Any] | None = None) -> Units:
        """Open the database at a URL."""
        engine = make_engine(url)
        single = None if engine.dialect.name == "sqlite" else make_engine(url, autocommit=True)
        return cls(engine, single, info)

    def dispose(self) -> None:
        """Close every idle connection."""
        self.engine.dispose()
        self.single.dispose()

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Yield a session whose transaction is rolled back at the end.

        On PostgreSQL the transaction is read-only, repeatable read: a listing and a download see one instant.
        """
        with Session(self._reading, expire_on_commit=False, info=self.info) as session:
            if self.engine.dialect.name == "postgresql":
                session.connection(
                    execution_options={"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
                )
            yield session

    @contextmanager
    def scratch(self) -> Iterator[Session]:
        """Yield a session that may make tables of its own to find something out, and keeps nothing.

        On PostgreSQL the transaction is repeatable read, as :meth:`read`; on SQLite it takes no write lock.
        """
        with Session(self._reading, expire_on_commit=False, info=self.info) as session:
            if self.engine.dialect.name == "postgresql":
                session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Yield a session; commit when the block ends, roll back when it raises.

        A refusal whose effects stand (a counted failure, a session revoked for reuse) commits them, and is
        raised all the same.
        """
        with Session(self.engine, expire_on_commit=False, info=self.info) as session:
            try:
                yield session
            except Refusal as refusal:
                if refusal.effects_stand:
                    session.commit()
                raise
            session.commit()
