"""The unit of work: one transaction per request or per step of a worker, owned by whoever stands at the edge."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.orm import Session


class Units:
    """Opens sessions on one engine. Services flush; only a unit of work commits."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        self._reading = engine.execution_options(sqlite_begin="DEFERRED")  # same pool, takes no write lock

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Yield a session whose transaction is rolled back at the end.

        On PostgreSQL the transaction is read-only, repeatable read: a listing and a download see one instant.
        """
        with Session(self._reading, expire_on_commit=False) as session:
            if self.engine.dialect.name == "postgresql":
                session.connection(
                    execution_options={"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
                )
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Yield a session; commit when the block ends, roll back when it raises."""
        with Session(self.engine, expire_on_commit=False) as session:
            yield session
            session.commit()
