"""The log of a ballot whose votes are kept apart from their voters, one cast a line, as it is published."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from app.domain.evidence.faults import InvalidEvidence
from app.domain.evidence.files import CASTS, EvidenceFiles, read_lines
from app.domain.evidence.secret_votes import SecretVote


@dataclass(frozen=True, slots=True)
class ConfidentialLine:
    """A cast of a confidential ballot; of one that was replaced only tracker and digest are shown."""

    tracker: str
    counts: bool
    choice: str
    salt: str
    digest: str


@dataclass(frozen=True, slots=True)
class SecretLine:
    """A cast of a secret ballot, as it was sent, and of the last of its key what it came to.

    :param invalid: why it does not count although it is the last of its key; empty for every other.
    """

    tracker: str
    counts: bool
    choice: str
    invalid: str
    public_key: str
    prefix: str
    credential: str
    seq: int
    sealed_choice: str
    signature: str
    digest: str

    @property
    def vote(self) -> SecretVote:
        """Return the vote as it was sent."""
        return SecretVote(**{name: getattr(self, name) for name in SecretVote.__slots__})


_Line = TypeVar("_Line", ConfidentialLine, SecretLine)
_TYPES: Final = {"str": str, "bool": bool, "int": int}


def read_apart_lines(files: EvidenceFiles, kind: type[_Line]) -> Iterator[_Line]:
    """Yield the casts of the bundle's log.

    :param kind: of line: by the ballot's secrecy.
    :raises InvalidEvidence: for a file that is no such log, written as the service writes it.
    """
    for number, line in read_lines(files, CASTS):
        yield _read(number, line, kind)


def _read(number: int, line: bytes, kind: type[_Line]) -> _Line:
    try:
        members: dict[str, Any] = json.loads(line)
        if json.dumps(members, separators=(",", ":"), ensure_ascii=False).encode() != line:
            raise InvalidEvidence(f"line {number} is not written as those of a ballot log are")
        fields = dataclasses.fields(kind)
        if list(members) != [field.name for field in fields]:
            raise InvalidEvidence(f"line {number} does not have the columns of such a ballot's log")
        for field in fields:
            if type(members[field.name]) is not _TYPES[str(field.type)]:
                raise InvalidEvidence(f"line {number}: {field.name} is not of its type")
    except (ValueError, TypeError, RecursionError) as wrong:
        if isinstance(wrong, InvalidEvidence):
            raise
        raise InvalidEvidence(f"line {number} is no JSON object") from None
    return kind(**members)
