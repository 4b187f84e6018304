"""A ballot's log: every cast, written by the database itself, in bounded memory at any size.

Lines are sorted by tracker, which is random, so that their order tells nothing. ``counts`` marks the casts
that are in the tally. ``member`` names the member's reference where the ballot's disclosure says so and is
empty otherwise. Where votes are kept apart from voters there is neither voter nor member, revision nor time, and of a
confidential vote that was replaced only tracker and digest. Only the log of a double majority has the column
``tokens``, so that programs for the others' read theirs as ever. No cell can start a spreadsheet formula: a cell is
empty, a UUID, a number, hexadecimal, a word, an instant, or a canonical choice, and none of these starts with
= + - @ or white space.
"""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.orm import Session

from app.db.clock import database_now
from app.domain.charter.words import Secrecy
from app.domain.errors import refuse
from app.domain.lifecycle import BallotState
from app.domain.weights import Weighting
from app.models.ballots import Ballot
from app.policies.permissions import Actor
from app.services.ballots.apart_lines import APART_ROWS, apart_cells
from app.services.ballots.drafts import read, standing, state_of
from app.services.ballots.lines import dialect_of, joined, number_text, pieces, uuid_text, written
from app.services.ballots.roll import roll_lines


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
    close; confidential and secret ones with the result.

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
    if ballot.secrecy != Secrecy.OPEN and state is not BallotState.CLOSED:
        raise refuse(
            "log-not-disclosed", f"This ballot is {ballot.secrecy}: its log opens when voting has closed."
        )
    if Secrecy(ballot.secrecy).keeps_votes_apart and ballot.finalised_at is None:
        raise refuse("log-not-disclosed", "Its log opens with the certified result: ask for that first.")
    return BallotLog(f"ballot-{ballot.id}.{form.value}", _file(session, ballot, form))


def export_roll(session: Session, actor: Actor, ballot_id: uuid.UUID) -> BallotLog:
    """Return the electoral roll of an opened ballot as CSV: voter and weight, sorted by voter.

    For a double majority a third column has the voter's tokens. The hash of its lines is ``roll_hash``. A voter
    is the random name of this ballot's log; who that is stands nowhere in it.

    :raises Refusal: ``not-found``; ``ballot-not-open`` for a ballot never opened.
    """
    ballot = read(session, actor, ballot_id)
    if ballot.opened_at is None:
        raise refuse(
            "ballot-not-open",
            "The ballot is draft; it has no roll yet.",
            extensions=standing(ballot, BallotState.DRAFT),
        )
    dual = _is_dual(ballot)
    line, source = roll_lines(dialect_of(session), ",", dual=dual)
    head = b"voter,weight,tokens\r\n" if dual else b"voter,weight\r\n"
    lines = pieces(written(session, line, source, ballot.id), b"\r\n")
    return BallotLog(f"roll-{ballot.id}.csv", itertools.chain([head], lines))


def _is_dual(ballot: Ballot) -> bool:
    return ballot.weighting == Weighting.DUAL


_ROWS = """
FROM casts c
JOIN roll_entries r ON r.ballot_id = c.ballot_id AND r.membership_id = c.membership_id
JOIN memberships m ON m.id = c.membership_id
LEFT JOIN casts l ON l.ballot_id = c.ballot_id AND l.membership_id = c.membership_id
     AND l.revision = c.revision + 1
WHERE c.ballot_id = {ballot}
ORDER BY c.tracker
"""


def _cells(dialect: str, ballot: Ballot) -> dict[str, str]:
    """Return the SQL text expression of each column of the log."""
    if dialect == "postgresql":
        cast_at = """to_char(c.cast_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')"""
    else:
        cast_at = "substr(c.cast_at, 1, 10) || 'T' || substr(c.cast_at, 12, 12) || 'Z'"
    return {
        "tracker": uuid_text(dialect, "c.tracker"),
        "voter": uuid_text(dialect, "r.voter"),
        "member": "m.reference" if ballot.disclosure == "named" else "''",
        "weight": number_text("r.weight"),
        **({"tokens": number_text("r.tokens")} if _is_dual(ballot) else {}),
        "revision": number_text("c.revision"),
        "counts": "CASE WHEN l.tracker IS NULL THEN 'true' ELSE 'false' END",
        "choice": "c.choice",
        "cast_at": cast_at,
        "digest": "c.digest",
    }


def _csv_line(cells: dict[str, str]) -> str:
    # Only a choice can hold a comma, and no cell can hold a quote, a line end or a backslash.
    choice = cells["choice"]
    quoted = f"CASE WHEN {choice} LIKE '%,%' THEN '\"' || {choice} || '\"' ELSE {choice} END"
    return joined(",", (cells | {"choice": quoted}).values())


def _json_line(cells: dict[str, str]) -> str:
    bare = {"revision", "counts", "seq"}
    members = [
        f"'\"{name}\":' || {text}" if name in bare else f"'\"{name}\":\"' || {text} || '\"'"
        for name, text in cells.items()
    ]
    return f"'{{' || {joined(',', members)} || '}}'"


def _file(session: Session, ballot: Ballot, form: LogFormat) -> Iterator[bytes]:
    """Return the file in pieces: the database writes each line, Python only joins them."""
    if Secrecy(ballot.secrecy).keeps_votes_apart:
        cells, rows = apart_cells(dialect_of(session), ballot.secrecy), APART_ROWS[ballot.secrecy]
    else:
        cells, rows = _cells(dialect_of(session), ballot), _ROWS
    if form is LogFormat.JSON_LINES:
        return pieces(written(session, _json_line(cells), rows, ballot.id), b"\n")
    lines = pieces(written(session, _csv_line(cells), rows, ballot.id), b"\r\n")
    return itertools.chain([",".join(cells).encode() + b"\r\n"], lines)
