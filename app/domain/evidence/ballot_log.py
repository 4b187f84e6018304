"""A ballot's log, one cast a line, and its electoral roll, as they are published."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.domain.evidence.digests import roll_line
from app.domain.evidence.faults import InvalidEvidence
from app.domain.instants import read_instant

_TRUTH = {"true": True, "false": False}
_ROLL_LINE = re.compile(rb"([0-9A-Za-z._:-]+),([1-9][0-9]{0,15})(?:,(0|[1-9][0-9]{0,15}))?")

ROLL_HEADER = b"voter,weight"
#: The roll of a double majority has one column more.
DUAL_ROLL_HEADER = b"voter,weight,tokens"


@dataclass(frozen=True, slots=True)
class Cast:
    """One line of a log: a vote as it was cast. ``counts`` marks those that are in the tally.

    ``tokens`` is its weight in the token tally of a double majority; None in any other ballot.
    """

    tracker: str
    voter: str
    member: str
    weight: int
    revision: int
    counts: bool
    choice: str
    cast_at: str
    digest: str
    tokens: int | None = None

    @property
    def weights(self) -> tuple[int, ...]:
        """Return what it weighs, in each tally."""
        return (self.weight,) if self.tokens is None else (self.weight, self.tokens)


COLUMNS = tuple(name for name in Cast.__slots__ if name != "tokens")
#: The log of a double majority has one more, beside the weight.
DUAL_COLUMNS = tuple(name for column in COLUMNS for name in (column, "tokens")[: 1 + (column == "weight")])


@dataclass(frozen=True, slots=True)
class Roll:
    """An electoral roll: the weight of every voter, and in a double majority their tokens."""

    weights: Mapping[str, int]
    tokens: Mapping[str, int] | None

    def lines(self) -> bytes:
        """Return the lines that its hash is made of."""
        return b"".join(roll_line(voter, *self.of(voter)) for voter in sorted(self.weights))

    def of(self, voter: str) -> tuple[int, ...]:
        """Return what a voter's vote weighs, in each tally; nothing for who is not on it."""
        tallies = [self.weights] if self.tokens is None else [self.weights, self.tokens]
        return tuple(tally[voter] for tally in tallies if voter in tally)


def read_csv(content: bytes) -> list[Cast]:
    """Read a log in CSV (RFC 4180).

    :raises ValueError: for anything else.
    """
    rows = list(csv.reader(io.StringIO(content.decode(), newline="")))
    if not rows or tuple(rows[0]) not in {COLUMNS, DUAL_COLUMNS}:
        raise InvalidEvidence("the first line does not name the columns of a ballot log")
    return [_cast(dict(zip(rows[0], row, strict=False))) for row in rows[1:]]


def read_json_lines(content: bytes) -> list[Cast]:
    """Read a log in JSON Lines.

    :raises ValueError: for anything else.
    """
    return [read_cast(line) for line in content.removesuffix(b"\n").split(b"\n")] if content else []


def read_cast(line: bytes) -> Cast:
    """Read one line of a log in JSON Lines, without its end, as the service writes it and no other way.

    :raises InvalidEvidence: for anything else.
    """
    try:
        members = json.loads(line)
        cast = _cast({name: _text(value) for name, value in members.items()})
    except (ValueError, AttributeError, RecursionError):
        raise InvalidEvidence(f"no line of a ballot log: {line[:80]!r}") from None
    if _json_line(cast) != line:
        raise InvalidEvidence(f"a line is not written as those of a ballot log are: {line[:80]!r}")
    return cast


def read_roll(content: bytes) -> Roll:
    """Read an electoral roll in CSV.

    :raises ValueError: for anything else, and for a voter who stands twice on it.
    """
    header, *lines = content.removesuffix(b"\r\n").split(b"\r\n")
    dual = is_dual_roll(header)
    rows = [read_roll_line(line, dual=dual) for line in lines]
    weights, tokens = {voter: weight for voter, weight, _ in rows}, {voter: held for voter, _, held in rows}
    if not weights or len(weights) != len(lines):
        raise InvalidEvidence("the roll is empty, or a voter stands twice on it")
    return Roll(weights, tokens if dual else None)


def is_dual_roll(header: bytes) -> bool:
    """Say by the first line of a roll, without its end, whether it is a double majority's.

    :raises ValueError: where it is no roll's.
    """
    if header not in {ROLL_HEADER, DUAL_ROLL_HEADER}:
        raise InvalidEvidence("the first line does not name the columns of an electoral roll")
    return header == DUAL_ROLL_HEADER


def read_roll_line(line: bytes, *, dual: bool) -> tuple[str, int, int]:
    """Read a voter's name, weight and tokens (0 but in a double majority) from a line of a roll, without its end.

    :raises ValueError: for anything else.
    """
    match = _ROLL_LINE.fullmatch(line)
    if match is None or (match[3] is not None) != dual:
        raise InvalidEvidence(f"no line of an electoral roll: {line[:80]!r}")
    return match[1].decode(), int(match[2]), int(match[3] or 0)


def write_csv(casts: Sequence[Cast]) -> bytes:
    """Write a log as the service does."""
    output = io.StringIO(newline="")
    writer = csv.writer(output)
    columns = _columns(casts[0]) if casts else COLUMNS
    writer.writerow(columns)
    writer.writerows([_text(getattr(cast, name)) for name in columns] for cast in casts)
    return output.getvalue().encode()


def write_json_lines(casts: Sequence[Cast]) -> bytes:
    """Write a log as the service does."""
    return b"".join(_json_line(cast) + b"\n" for cast in casts)


def _columns(cast: Cast) -> tuple[str, ...]:
    return COLUMNS if cast.tokens is None else DUAL_COLUMNS


def _json_line(cast: Cast) -> bytes:
    members = {name: getattr(cast, name) for name in _columns(cast)}
    amounts = {name: str(members[name]) for name in ("weight", "tokens") if name in members}
    return json.dumps(members | amounts, separators=(",", ":"), ensure_ascii=False).encode()


def _cast(cells: dict[str, str]) -> Cast:
    if tuple(cells) not in {COLUMNS, DUAL_COLUMNS}:
        raise InvalidEvidence(f"a line does not have the columns of a ballot log: {str(cells)[:80]}")
    if cells["counts"] not in _TRUTH:
        raise InvalidEvidence(f"counts is neither true nor false but {cells['counts'][:20]}")
    read_instant(cells["cast_at"])
    return Cast(
        tracker=cells["tracker"],
        voter=cells["voter"],
        member=cells["member"],
        weight=int(cells["weight"]),
        revision=int(cells["revision"]),
        counts=_TRUTH[cells["counts"]],
        choice=cells["choice"],
        cast_at=cells["cast_at"],
        digest=cells["digest"],
        tokens=int(cells["tokens"]) if "tokens" in cells else None,
    )


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
