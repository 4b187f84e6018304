"""The files of a bundle, and how they are read: each either whole and small, or line by line at any size."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager
from typing import IO, Any, Final, Protocol, TypeVar

from app.domain.canonical_json import canonical_json
from app.domain.evidence.faults import InvalidEvidence
from app.domain.instants import read_instant
from app.domain.translog.tiles import InvalidTile, Tile

FORMAT: Final = "althing-evidence/1"

INDEX: Final = "evidence.json"
MANIFEST: Final = "manifest.json"
CHARTER: Final = "charter.json"
ROLL: Final = "roll.csv"
CASTS: Final = "casts.jsonl"
RESULT: Final = "result.json"
CHECKPOINT: Final = "log/checkpoint"
ENTRIES: Final = "log/entries.jsonl"
LOG: Final = "log/"
"""The folder that holds checkpoint and tiles as a log serves them, so that its tools read them there."""

DELEGATIONS: Final = "delegations.jsonl"
"""Of a ballot in which members could let others vote for them."""

REQUIRED: Final = (MANIFEST, CHARTER, ROLL, CASTS, RESULT, CHECKPOINT, ENTRIES)

LARGEST_DOCUMENT: Final = 64 * 1024 * 1024
"""Bytes of a file that is read whole. A result of a thousand options in as many rounds stays below it."""

LONGEST_LINE: Final = 1024 * 1024
"""Bytes of a line: far above what any choice or entry takes."""

_CHUNK = 1024 * 1024

_T = TypeVar("_T")


class EvidenceFiles(Protocol):
    """A folder or an archive that has been opened. Its names are relative, with ``/`` between their parts."""

    def names(self) -> Collection[str]:
        """Return the names of all files."""

    def open(self, name: str) -> AbstractContextManager[IO[bytes]]:
        """Open a file for reading; reading raises ``DamagedFile`` where it cannot be read to its end.

        :raises KeyError: for a name that is not there.
        """


def is_known(name: str) -> bool:
    """Say whether a bundle of this format can have a file of this name."""
    if name in (INDEX, DELEGATIONS, *REQUIRED):
        return True
    try:
        return name.startswith(LOG) and Tile.parse(name.removeprefix(LOG)).level >= 0
    except InvalidTile:
        return False


def chunks(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield a stream's bytes in pieces."""
    while chunk := stream.read(_CHUNK):
        yield chunk


def read_small(files: EvidenceFiles, name: str, most: int = LARGEST_DOCUMENT) -> bytes:
    """Return a file's bytes.

    :raises InvalidEvidence: where it is larger than it may be.
    """
    with files.open(name) as stream:
        data = stream.read(most + 1)
    if len(data) > most:
        raise InvalidEvidence(f"has more than {most:,} bytes")
    return data


def read_lines(files: EvidenceFiles, name: str, end: bytes = b"\n") -> Iterator[tuple[int, bytes]]:
    """Yield a file's lines without their end, each with its number from 1.

    :raises InvalidEvidence: for a line that is too long or not ended as lines are here.
    """
    with files.open(name) as stream:
        number = 0
        while line := stream.readline(LONGEST_LINE + 1):
            number += 1
            if len(line) > LONGEST_LINE or not line.endswith(end):
                raise InvalidEvidence(f"line {number} is too long or not ended")
            yield number, line[: -len(end)]


def read_canonical(data: bytes) -> dict[str, Any]:
    """Read a JSON object in canonical form: the only form in which its digest means anything.

    So no name comes twice, there are no floats, and nothing is written in two ways.

    :raises InvalidEvidence: for anything else.
    """
    try:
        value = json.loads(data)
        if isinstance(value, dict) and canonical_json(value) == data:
            return value
    except (ValueError, TypeError, RecursionError):
        pass
    raise InvalidEvidence("is no JSON object in canonical form")


def member(document: dict[str, Any], name: str, kind: type[_T]) -> _T:
    """Return a member of an object.

    :raises InvalidEvidence: where it is absent or of another type.
    """
    value = document.get(name)
    if type(value) is not kind:
        raise InvalidEvidence(f"/{name} is not of type {kind.__name__}")
    return value


def optional(document: dict[str, Any], name: str, kind: type[_T]) -> _T | None:
    """Return a member of an object, or None where it is null.

    :raises InvalidEvidence: where it is absent or of another type.
    """
    if name in document and document[name] is None:
        return None
    return member(document, name, kind)


def moment(document: dict[str, Any], name: str) -> str:
    """Return a member of an object that is an instant, as the text it is.

    :raises InvalidEvidence: where it is absent or not of the one form of instants.
    """
    text = member(document, name, str)
    try:
        read_instant(text)
    except ValueError:
        raise InvalidEvidence(f"/{name} is no instant") from None
    return text
