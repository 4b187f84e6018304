"""The declarative base, the naming convention of constraints, and the column types both databases share."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase

from app.db.types import UTCDateTime

__all__ = ["Base", "BigIdentity", "JSONDocument", "UTCDateTime"]

NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


#: JSON documents that are only ever read and written whole.
JSONDocument = sa.JSON(none_as_null=True)

#: Primary keys that the database counts: BIGINT on PostgreSQL, the rowid on SQLite.
BigIdentity = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


class Base(DeclarativeBase):
    """Base of every mapped class."""

    metadata = sa.MetaData(naming_convention=NAMING_CONVENTION)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        dt.datetime: UTCDateTime(),
        int: sa.BigInteger(),
        dict[str, Any]: JSONDocument,
        list[Any]: JSONDocument,
    }
