"""Rows that there is to be one of, whoever else inserts the same at this moment."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.models.base import Base


def insert_missing(session: Session, model: type[Base], **values: Any) -> bool:
    """Insert a row unless one with its key is there; say whether it was inserted."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    table = model.__table__
    assert isinstance(table, sa.Table)  # noqa: S101 - every mapped class has one
    # rowcount means different things on the two databases; a returned row means one.
    statement = insert(table).values(values).on_conflict_do_nothing()
    return session.execute(statement.returning(*table.primary_key)).first() is not None
