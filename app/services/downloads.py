"""Files of any size that the database writes, line by line, in bounded memory.

A column is an expression that gives text, or NULL, and how it is written. In CSV (RFC 4180) what people wrote is
quoted, and marked with ``'`` where a spreadsheet would run it; JSON Lines carry it as it is.
"""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from app.domain.spreadsheets import FORMULA_STARTS, IGNORED_BEFORE

#: Lines joined into one piece: bounds memory at any size.
CHUNK = 1_000

#: Characters that no line holds, so that COPY has nothing to escape.
_COPY_AS_IT_IS = r"(FORMAT csv, QUOTE E'\x01', DELIMITER E'\x02')"


class FileFormat(StrEnum):
    """The forms in which such files are served."""

    CSV = "csv"
    JSON_LINES = "jsonl"


CONTENT_TYPES: Mapping[FileFormat, str] = {
    FileFormat.CSV: "text/csv; charset=utf-8; header=present",
    FileFormat.JSON_LINES: "application/jsonl",
}


@dataclass(frozen=True, slots=True)
class Download:
    """A file about to be streamed: its name, its media type and its bytes."""

    filename: str
    content_type: str
    chunks: Iterator[bytes]


class Writing(StrEnum):
    """How a column is written.

    ``number``: digits, bare in JSON. ``code``: an id, an instant, a word of ours. ``words``: what people wrote, in
    one line.
    """

    NUMBER = "number"
    CODE = "code"
    WORDS = "words"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a file.

    :param sql: an expression of the value in the database's own dialect.
    """

    writing: Writing
    sql: str


class Dialect:
    """How a database writes ids and instants as text, and quotes words for JSON."""

    def __init__(self, name: str) -> None:
        self.is_postgresql = name == "postgresql"

    def id(self, value: uuid.UUID) -> str:
        """Return a literal of an id."""
        return f"'{value}'::uuid" if self.is_postgresql else f"'{value.hex}'"

    def id_text(self, column: str) -> str:
        """Return the hyphenated form of a UUID."""
        if self.is_postgresql:
            return f"CAST({column} AS text)"
        parts = ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))
        return "(" + " || '-' || ".join(f"substr({column}, {start}, {size})" for start, size in parts) + ")"

    def instant_text(self, column: str) -> str:
        """Return an instant as documents show it: UTC, milliseconds, Z."""
        if self.is_postgresql:
            return f"""to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')"""
        return f"(substr({column}, 1, 10) || 'T' || substr({column}, 12, 12) || 'Z')"

    def json_text(self, column: str) -> str:
        """Return words as a JSON string."""
        return (
            f"CAST(to_json(CAST({column} AS text)) AS text)"
            if self.is_postgresql
            else f"json_quote({column})"
        )


def file_of(
    session: Session, name: str, form: FileFormat, columns: Mapping[str, Column], rows: str
) -> Download:
    """Return a file with a line for each row.

    :param name: of the file, without its ending.
    :param columns: by name, in order.
    :param rows: the rest of the statement, from FROM on; it orders.
    """
    chunks = _lines(session, form, columns, rows)
    return Download(f"{name}.{form.value}", CONTENT_TYPES[form], chunks)


def _lines(session: Session, form: FileFormat, columns: Mapping[str, Column], rows: str) -> Iterator[bytes]:
    dialect = Dialect(session.get_bind().dialect.name)
    newline = b"\r\n" if form is FileFormat.CSV else b"\n"
    if form is FileFormat.CSV:
        yield ",".join(columns).encode() + newline
    line = _csv_line(columns) if form is FileFormat.CSV else _json_line(dialect, columns)
    source = _from_postgresql if dialect.is_postgresql else _from_sqlite
    found = source(session, f"SELECT {line} {rows}")
    while batch := list(itertools.islice(found, CHUNK)):
        yield newline.join(batch) + newline


def _csv_line(columns: Mapping[str, Column]) -> str:
    return " || ',' || ".join(
        _csv_words(column.sql)
        if column.writing is Writing.WORDS
        else f"coalesce(CAST({column.sql} AS text), '')"
        for column in columns.values()
    )


def _csv_words(sql: str) -> str:
    starts = ", ".join(f"'{character}'" for character in FORMULA_STARTS)
    mark = f"CASE WHEN substr(ltrim({sql}, '{IGNORED_BEFORE}'), 1, 1) IN ({starts}) THEN '''' ELSE '' END"
    return f"""coalesce('"' || {mark} || replace({sql}, '"', '""') || '"', '')"""


def _json_line(dialect: Dialect, columns: Mapping[str, Column]) -> str:
    written = {
        Writing.NUMBER: lambda sql: f"CAST({sql} AS text)",
        Writing.CODE: lambda sql: f"'\"' || {sql} || '\"'",
        Writing.WORDS: dialect.json_text,
    }
    members = [
        f"'\"{name}\":' || coalesce({written[column.writing](column.sql)}, 'null')"
        for name, column in columns.items()
    ]
    return "'{' || " + " || ',' || ".join(members) + " || '}'"


def _from_postgresql(session: Session, statement: str) -> Iterator[bytes]:
    connection: Any = session.connection().connection.driver_connection
    with connection.cursor() as cursor, cursor.copy(f"COPY ({statement}) TO STDOUT {_COPY_AS_IT_IS}") as copy:
        for data in copy:
            yield bytes(data)[:-1]


def _from_sqlite(session: Session, statement: str) -> Iterator[bytes]:
    # No bound values: a colon within a literal is no parameter to the driver.
    rows = session.connection().execution_options(yield_per=CHUNK).exec_driver_sql(statement)
    for (text,) in rows:
        yield text.encode()
