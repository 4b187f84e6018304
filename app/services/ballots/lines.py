"""Lines of text that the database itself writes, one a row, so that a million rows cost no million objects.

Expressions are SQL over the tables that a source names; no line may hold a backslash or a line end.
"""

from __future__ import annotations

import hashlib
import itertools
import uuid
from collections.abc import Iterable, Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.uuid_text import hyphenated

#: Lines joined into one piece: bounds memory at any number of them.
CHUNK = 1_000


def dialect_of(session: Session) -> str:
    """Return the name of the session's database."""
    return session.get_bind().dialect.name


def uuid_text(dialect: str, column: str) -> str:
    """Return the expression of a UUID in its hyphenated form."""
    return f"{column}::text" if dialect == "postgresql" else hyphenated(column)


def number_text(column: str) -> str:
    """Return the expression of an integer in digits."""
    return f"CAST({column} AS TEXT)"


def joined(separator: str, cells: Iterable[str]) -> str:
    """Return the expression of cells with a separator between them."""
    return f" || '{separator}' || ".join(cells)


def written(session: Session, line: str, source: str, ballot_id: uuid.UUID) -> Iterator[bytes]:
    """Return an iterator over a line for each row of a source, without its line end.

    :param line: the expression of a line.
    :param source: what follows ``SELECT line``, with ``{ballot}`` where the ballot's id stands.
    """
    write = _postgresql if dialect_of(session) == "postgresql" else _sqlite
    return write(session, f"SELECT {line} {source}", ballot_id)


def _postgresql(session: Session, query: str, ballot_id: uuid.UUID) -> Iterator[bytes]:
    """Yield lines as COPY writes them; its text format leaves them as they are, for none holds a backslash."""
    bound = query.replace("{ballot}", f"'{ballot_id}'::uuid")
    connection: Any = session.connection().connection.driver_connection
    with connection.cursor() as cursor, cursor.copy(f"COPY ({bound}) TO STDOUT") as copy:
        for data in copy:
            yield bytes(data)[:-1]


def _sqlite(session: Session, query: str, ballot_id: uuid.UUID) -> Iterator[bytes]:
    statement = sa.text(query.replace("{ballot}", ":ballot")).execution_options(yield_per=CHUNK)
    for text in session.scalars(statement, {"ballot": ballot_id.hex}):
        yield text.encode()


def pieces(lines: Iterator[bytes], newline: bytes) -> Iterator[bytes]:
    """Yield lines in larger pieces, each line with its end."""
    while batch := list(itertools.islice(lines, CHUNK)):
        yield newline.join(batch) + newline


def sha256_of(lines: Iterator[bytes]) -> str:
    """Return the SHA-256 in hexadecimal over lines, each followed by a line feed."""
    digest = hashlib.sha256()
    for piece in pieces(lines, b"\n"):
        digest.update(piece)
    return digest.hexdigest()
