"""Reading a .pb file, with good will."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping

from app.domain.interchange.pabulib.election import PbElection, PbProject, PbVote

_AMOUNT = re.compile(r"([0-9]{1,18})(?:\.([0-9]{1,9}))?", re.ASCII)
_INTEGER = re.compile(r"[0-9]{1,18}", re.ASCII)


class InvalidPabulib(ValueError):
    """A text that cannot be read as Pabulib; the message names the line."""


def read_pabulib(text: str) -> PbElection:
    """Read a .pb file.

    :raises InvalidPabulib: naming the line, when the text is not Pabulib even with good will.
    """
    meta: dict[str, str] = {}
    projects: list[dict[str, str]] = []
    votes: list[tuple[int, dict[str, str]]] = []
    for line, section, record in _records(text):
        if section == "meta":
            values = list(record.values())
            meta[values[0].strip()] = values[1].strip() if len(values) > 1 else ""
        elif section == "projects":
            projects.append({"": str(line), **record})
        else:
            votes.append((line, record))
    decimals = max((_places(amount) for amount in [meta.get("budget"), *map(_cost, projects)]), default=0)
    read = tuple(_project(record, decimals) for record in projects)
    known = frozenset(project.id for project in read)
    vote_type = meta.get("vote_type", "approval")
    if vote_type not in {"approval", "choose-1", "cumulative", "scoring", "ordinal"}:
        raise InvalidPabulib(f'META: "{vote_type[:40]}" is not a type of vote')
    return PbElection(
        budget=_amount("META: budget", meta.get("budget", ""), decimals),
        vote_type=vote_type,  # type: ignore[arg-type]  # one of the five just above
        projects=read,
        votes=tuple(_read_vote(line, record, known) for line, record in votes),
        meta={
            key: value
            for key, value in meta.items()
            if key not in {"num_projects", "num_votes", "budget", "vote_type"}
        },
        decimals=decimals,
    )


def _records(text: str) -> Iterator[tuple[int, str, dict[str, str]]]:
    """Yield the number of the line, the section, and column to text, for every record."""
    lines = csv.reader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";")
    section = ""
    header: list[str] = []
    try:
        for row in lines:
            first = row[0].strip().lower() if row else ""
            if first in {"meta", "projects", "votes"} and not any(cell.strip() for cell in row[1:]):
                section, header = first, []
            elif not any(cell.strip() for cell in row):
                continue
            elif not section:
                raise InvalidPabulib(f"line {lines.line_num}: there is no section yet")
            elif not header:
                header = [cell.strip() for cell in row]
            else:
                yield lines.line_num, section, dict(zip(header, row, strict=False))
    except csv.Error as error:
        raise InvalidPabulib(f"line {lines.line_num}: {error}") from None


def _cost(record: Mapping[str, str]) -> str:
    return record.get("cost", "")


def _places(amount: str | None) -> int:
    """Return how many decimals an amount needs."""
    match = _AMOUNT.fullmatch((amount or "").strip())
    return len((match[2] or "").rstrip("0")) if match else 0


def _amount(where: str, text: str, decimals: int) -> int:
    match = _AMOUNT.fullmatch(text.strip())
    if not match:
        raise InvalidPabulib(f'{where}: "{text[:40]}" is not an amount')
    fraction = (match[2] or "").rstrip("0").ljust(decimals, "0")
    return int(match[1] + fraction)


def _project(record: Mapping[str, str], decimals: int) -> PbProject:
    where = f"line {record['']}"
    return PbProject(
        id=record.get("project_id", "").strip(),
        cost=_amount(where, _cost(record), decimals),
        name=record.get("name", "").strip(),
        votes=_optional(where, record.get("votes")),
        score=_optional(where, record.get("score")),
        selected=_optional(where, record.get("selected")),
    )


def _optional(where: str, text: str | None) -> int | None:
    if text is None or not text.strip():
        return None
    if not _INTEGER.fullmatch(text.strip()):
        raise InvalidPabulib(f'{where}: "{text[:40]}" is not a whole number')
    return int(text)


def _read_vote(line: int, record: Mapping[str, str], known: frozenset[str]) -> PbVote:
    named = tuple(part.strip() for part in record.get("vote", "").split(",") if part.strip())
    if unknown := [project for project in named if project not in known]:
        raise InvalidPabulib(f'line {line}: there is no project "{unknown[0][:40]}"')
    written = [part.strip() for part in record.get("points", "").split(",") if part.strip()]
    if written and len(written) != len(named):
        raise InvalidPabulib(f"line {line}: {len(written)} numbers of points for {len(named)} projects")
    for part in written:
        if not _INTEGER.fullmatch(part):
            raise InvalidPabulib(f'line {line}: "{part[:40]}" is not a whole number of points')
    return PbVote(named, tuple(map(int, written)))
