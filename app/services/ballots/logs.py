"""A ballot's log: every cast, written by the database itself, in bounded memory at any size.

Lines are sorted by tracker, which is random, so that their order tells nothing. ``counts`` marks the casts
that are in the tally. ``member`` names the member's reference where the ballot's disclosure says so and is
empty otherwise. No cell can start a spreadsheet formula: a cell is empty, a UUID, a number, ``true`` or
``false``, an instant, or a canonical choice, and none of these starts with = + - @ or white space.
"""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.clock import database_now
from app.domain.errors import refuse
from app.domain.lifecycle import BallotState
from app.models.ballots import RollEntry
from app.policies.permissions import Actor
from app.services.ballots.drafts import read, standing, state_of

#: Lines joined into one piece: bounds memory at any size of ballot.
CHUNK = 1_000


class LogFormat(StrEnum):
    """The forms in which a log is served."""

    CSV = "csv"
    JSON_LINES = "jsonl"


@dataclass(frozen=True, slots=True)
class BallotLog:
    """A log about to be streamed: its file name and its bytes."""

    filename: str
    chunks: Iterator[bytes]


def export(session: Session, actor: Actor, ballot_id: uuid.UUID, form: LogFormat) -> BallotLog:
    """Return the log of a ballot.

    Open ballots: to every insider from opening, to auditors likewise. Sealed ballots: to everyone only after
    close.

    :raises Refusal: ``not-found``; ``log-not-disclosed``.
    """
    ballot = read(session, actor, ballot_id)
    state = state_of(ballot, database_now(session))
    if state in {BallotState.DRAFT, BallotState.SCHEDULED}:
        raise refuse(
            "ballot-not-open",
            f"The ballot is {state.value}; it has no log yet.",
            extensions=standing(ballot, state),
        )
    if ballot.secrecy != "open" and state is not BallotState.CLOSED:
        raise refuse("log-not-disclosed", "This ballot is sealed: its log opens when voting has closed.")
    named = ballot.disclosure == "named"
    return BallotLog(f"ballot-{ballot.id}.{form.value}", _lines(session, ballot.id, form, named=named))


def export_roll(session: Session, actor: Actor, ballot_id: uuid.UUID) -> BallotLog:
    """Return the electoral roll of an opened ballot as CSV: voter and weight, sorted by voter.

    The hash of its lines is ``roll_hash``. A voter is the random name of this ballot's log; who that is stands
    nowhere in it.

    :raises Refusal: ``not-found``; ``ballot-not-open`` for a ballot never opened.
    """
    ballot = read(session, actor, ballot_id)
    if ballot.opened_at is None:
        raise refuse(
            "ballot-not-open",
            "The ballot is draft; it has no roll yet.",
            extensions=standing(ballot, BallotState.DRAFT),
        )
    rows = session.execute(
        sa.select(RollEntry.voter, RollEntry.weight)
        .where(RollEntry.ballot_id == ballot.id)
        .order_by(RollEntry.voter)
        .execution_options(yield_per=CHUNK)
    )
    lines = (
        "".join(f"{voter},{weight}\r\n" for voter, weight in part).encode() for part in rows.partitions()
    )
    return BallotLog(f"roll-{ballot.id}.csv", itertools.chain([b"voter,weight\r\n"], lines))


_ROWS = """
FROM casts c
JOIN roll_entries r ON r.ballot_id = c.ballot_id AND r.membership_id = c.membership_id
JOIN memberships m ON m.id = c.membership_id
LEFT JOIN casts l ON l.ballot_id = c.ballot_id AND l.membership_id = c.membership_id
     AND l.revision = c.revision + 1
WHERE c.ballot_id = {ballot}
ORDER BY c.tracker
"""


def _hyphenated(column: str) -> str:
    """Write SQLite's 32 hexadecimal digits in the hyphenated form of a UUID."""
    parts = ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))
    return " || '-' || ".join(f"substr({column}, {start}, {length})" for start, length in parts)


def _cells(dialect: str, *, named: bool) -> dict[str, str]:
    """Return the SQL text expression of each column of the log."""
    if dialect == "postgresql":
        tracker, voter = "c.tracker::text", "r.voter::text"
        cast_at = """to_char(c.cast_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')"""
    else:
        tracker, voter = _hyphenated("c.tracker"), _hyphenated("r.voter")
        cast_at = "substr(c.cast_at, 1, 10) || 'T' || substr(c.cast_at, 12, 12) || 'Z'"
    return {
        "tracker": tracker,
        "voter": voter,
        "member": "m.reference" if named else "''",
        "weight": "CAST(r.weight AS TEXT)",
        "revision": "CAST(c.revision AS TEXT)",
        "counts": "CASE WHEN l.tracker IS NULL THEN 'true' ELSE 'false' END",
        "choice": "c.choice",
        "cast_at": cast_at,
        "digest": "c.digest",
    }


def _csv_line(cells: dict[str, str]) -> str:
    # Only a choice can hold a comma, and no cell can hold a quote, a line end or a backslash.
    choice = cells["choice"]
    quoted = f"CASE WHEN {choice} LIKE '%,%' THEN '\"' || {choice} || '\"' ELSE {choice} END"
    return " || ',' || ".join((cells | {"choice": quoted}).values())


def _json_line(cells: dict[str, str]) -> str:
    bare = {"revision", "counts"}
    members = [
        f"'\"{name}\":' || {text}" if name in bare else f"'\"{name}\":\"' || {text} || '\"'"
        for name, text in cells.items()
    ]
    return "'{' || " + " || ',' || ".join(members) + " || '}'"


def _lines(session: Session, ballot_id: uuid.UUID, form: LogFormat, *, named: bool) -> Iterator[bytes]:
    """Yield the file in pieces: the database writes each line, Python only joins them."""
    dialect = session.get_bind().dialect.name
    cells = _cells(dialect, named=named)
    newline = b"\r\n" if form is LogFormat.CSV else b"\n"
    if form is LogFormat.CSV:
        yield ",".join(cells).encode() + newline
    line = _csv_line(cells) if form is LogFormat.CSV else _json_line(cells)
    source = _postgresql if dialect == "postgresql" else _sqlite
    rows = source(session, ballot_id, line)
    while batch := list(itertools.islice(rows, CHUNK)):
        yield newline.join(batch) + newline


def _postgresql(session: Session, ballot_id: uuid.UUID, line: str) -> Iterator[bytes]:
    """Yield lines as COPY writes them; its text format leaves them as they are, for none holds a backslash."""
    rows = _ROWS.format(ballot=f"'{ballot_id}'::uuid")
    connection: Any = session.connection().connection.driver_connection
    with connection.cursor() as cursor, cursor.copy(f"COPY (SELECT {line} {rows}) TO STDOUT") as copy:
        for data in copy:
            yield bytes(data)[:-1]


def _sqlite(session: Session, ballot_id: uuid.UUID, line: str) -> Iterator[bytes]:
    statement = sa.text(f"SELECT {line} {_ROWS.format(ballot=':ballot')}").execution_options(yield_per=CHUNK)
    for text in session.scalars(statement, {"ballot": ballot_id.hex}):
        yield text.encode()
