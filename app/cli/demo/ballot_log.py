"""A downloaded ballot log, read the way an outsider reads it: from the published form alone."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

_DIGEST = re.compile(r"sha-256=:([A-Za-z0-9+/]+=*):")
_TRUTH = {"true": True, "false": False}


class InvalidLog(ValueError):
    """A file that is no ballot log."""


@dataclass(frozen=True, slots=True)
class Cast:
    """One line of a log: a vote as it was cast. ``counts`` marks those that are in the tally."""

    tracker: str
    voter: str
    member: str
    weight: int
    revision: int
    counts: bool
    choice: str
    cast_at: str
    digest: str


COLUMNS = tuple(Cast.__slots__)


def read_csv(content: bytes) -> list[Cast]:
    """Read a log in CSV (RFC 4180).

    :raises InvalidLog: for anything else.
    """
    rows = list(csv.reader(io.StringIO(content.decode(), newline="")))
    if not rows or tuple(rows[0]) != COLUMNS:
        raise InvalidLog("the first line does not name the columns of a ballot log")
    return [_cast(dict(zip(COLUMNS, row, strict=False))) for row in rows[1:]]


def read_json_lines(content: bytes) -> list[Cast]:
    """Read a log in JSON Lines.

    :raises InvalidLog: for anything else.
    """
    casts = []
    for line in content.decode().splitlines():
        members = json.loads(line)
        if not isinstance(members, dict):
            raise InvalidLog(f"not an object: {line[:80]}")
        casts.append(_cast({name: _text(value) for name, value in members.items()}))
    return casts


def read_roll(content: bytes) -> dict[str, int]:
    """Read an electoral roll in CSV: the weight of every voter.

    :raises InvalidLog: for anything else, and for a voter who stands twice on it.
    """
    rows = list(csv.reader(io.StringIO(content.decode(), newline="")))
    if not rows or rows[0] != ["voter", "weight"]:
        raise InvalidLog("the first line does not name the columns of an electoral roll")
    weights = {voter: int(weight) for voter, weight in rows[1:]}
    if not weights or len(weights) != len(rows) - 1:
        raise InvalidLog("the roll is empty, or a voter stands twice on it")
    return weights


def write_csv(casts: Sequence[Cast]) -> bytes:
    """Write a log as the API does."""
    output = io.StringIO(newline="")
    writer = csv.writer(output)
    writer.writerow(COLUMNS)
    writer.writerows([_text(getattr(cast, name)) for name in COLUMNS] for cast in casts)
    return output.getvalue().encode()


def write_json_lines(casts: Sequence[Cast]) -> bytes:
    """Write a log as the API does."""
    lines = []
    for cast in casts:
        members = {name: getattr(cast, name) for name in COLUMNS} | {"weight": str(cast.weight)}
        lines.append(json.dumps(members, separators=(",", ":")) + "\n")
    return "".join(lines).encode()


def promised_digest(repr_digest: str) -> str:
    """Return the SHA-256 in hexadecimal that a ``Repr-Digest`` field carries (RFC 9530); empty without one."""
    match = _DIGEST.search(repr_digest)
    return base64.b64decode(match[1]).hex() if match else ""


def cast_digest(ballot_id: str, tracker: str, choice: str) -> str:
    """Return what a receipt's digest must be: SHA-256 over form, ballot, tracker and choice, by lines."""
    return hashlib.sha256(f"althing-cast/v1\n{ballot_id}\n{tracker}\n{choice}\n".encode()).hexdigest()


def with_one_vote_changed(ballot_id: str, casts: Sequence[Cast], options: Sequence[str]) -> list[Cast]:
    """Return a forged log: one vote that counts has another choice, and a digest that fits the forgery.

    :raises InvalidLog: where no vote counts.
    """
    place = next((place for place, cast in enumerate(casts) if cast.counts), None)
    if place is None:
        raise InvalidLog("no vote counts, so there is none to change")
    honest = casts[place]
    choices = [cast.choice for cast in casts] + list(options) + [""]
    choice = next(choice for choice in choices if choice != honest.choice)
    forged = replace(honest, choice=choice, digest=cast_digest(ballot_id, honest.tracker, choice))
    return [*casts[:place], forged, *casts[place + 1 :]]


def _cast(cells: dict[str, str]) -> Cast:
    if tuple(cells) != COLUMNS:
        raise InvalidLog(f"a line does not have the columns of a ballot log: {str(cells)[:80]}")
    numbers = {name: int(cells[name]) for name in ("weight", "revision")}
    if cells["counts"] not in _TRUTH:
        raise InvalidLog(f"counts is neither true nor false but {cells['counts'][:20]}")
    return Cast(**{**cells, **numbers, "counts": _TRUTH[cells["counts"]]})  # type: ignore[arg-type]


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
