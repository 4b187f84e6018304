"""UUIDs as text in statements: in the hyphenated form, whichever way the database keeps them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class uuid_text(FunctionElement[str]):  # noqa: N801 - written in statements like any SQL function
    """The canonical text of a UUID column (RFC 9562 section 4)."""

    type = sa.Text()
    inherit_cache = True


@compiles(uuid_text, "postgresql")
def _postgresql(element: uuid_text, compiler: Any, **options: Any) -> str:
    return f"CAST({compiler.process(element.clauses, **options)} AS text)"


@compiles(uuid_text, "sqlite")
def _sqlite(element: uuid_text, compiler: Any, **options: Any) -> str:
    return hyphenated(compiler.process(element.clauses, **options))


def hyphenated(column: str) -> str:
    """Write SQLite's 32 hexadecimal digits in the hyphenated form of a UUID.

    :param column: SQL for the digits, without side effects: it is repeated.
    """
    parts = ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))
    return " || '-' || ".join(f"substr({column}, {start}, {length})" for start, length in parts)
