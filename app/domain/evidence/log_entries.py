"""The ballot's entries in the audit log, each shown to stand in the log and read as what it says."""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from app.domain.canonical_json import canonical_json
from app.domain.evidence.faults import InvalidEvidence, Report
from app.domain.evidence.files import (
    ENTRIES,
    LOG,
    EvidenceFiles,
    member,
    moment,
    optional,
    read_canonical,
    read_lines,
)
from app.domain.evidence.manifest import Manifest
from app.domain.translog.authentic_tiles import AuthenticTiles, WrongTile
from app.domain.translog.hashing import leaf_hash
from app.domain.translog.tiles import InvalidTile

CAST = "ballot.cast"
OPENED = "ballot.opened"
CLOSED = "ballot.closed"
#: What moves the close while voting runs; each says where to.
MOVES = ("ballot.extended", "ballot.suspended", "ballot.resumed")

_VERSION = 1
_SALT_SIZE = 32


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One entry with its place in the log.

    :param body: the leaf's bytes, exactly.
    :param content: what the entry commits to, where it was kept beside the log and not erased.
    """

    index: int
    body: bytes
    action: str
    actor: str | None
    role: str | None
    at: str
    commitment: str | None
    log: str
    subject: tuple[str, str]
    content: dict[str, Any] | None
    salt: bytes | None

    @property
    def where(self) -> str:
        """Return how findings name it."""
        return f"{ENTRIES} index {self.index}"

    @property
    def commits_to_content(self) -> bool:
        """Whether the content beside it is the one it commits to: HMAC-SHA256(salt, canonical JSON)."""
        if self.content is None or self.salt is None:
            return self.content is None and self.salt is None
        made = hmac.digest(self.salt, canonical_json(self.content), "sha256").hex()
        return self.commitment is not None and hmac.compare_digest(made, self.commitment)

    @classmethod
    def read(cls, line: bytes) -> LogEntry:
        """Read a line of the file of entries, without its end.

        :raises InvalidEvidence: for anything else, and for a body of a version that is not known.
        """
        shown = read_canonical(line)
        body = member(shown, "body", str).encode()
        index, salt = member(shown, "index", int), optional(shown, "salt", str)
        said = read_body(body)
        try:
            key = None if salt is None else bytes.fromhex(salt)
        except ValueError:
            raise InvalidEvidence("/salt is not hexadecimal") from None
        if index < 0 or (key is not None and len(key) != _SALT_SIZE):
            raise InvalidEvidence("/index is negative, or /salt has not 32 bytes")
        subject = member(said, "object", dict)
        return cls(
            index=index,
            body=body,
            action=member(said, "action", str),
            actor=optional(said, "actor", str),
            role=optional(said, "role", str),
            at=moment(said, "at"),
            commitment=optional(said, "commitment", str),
            log=member(said, "log", str),
            subject=(member(subject, "type", str), member(subject, "id", str)),
            content=optional(shown, "content", dict),
            salt=key,
        )


def read_body(body: bytes) -> dict[str, Any]:
    """Read the bytes of an entry of the audit log.

    :raises InvalidEvidence: for anything else, and for a version that is not known.
    """
    said = read_canonical(body)
    if member(said, "v", int) != _VERSION:
        raise InvalidEvidence(f"an entry has version {said['v']}; this program knows {_VERSION}")
    return said


@dataclass(slots=True)
class BallotEntries:
    """What the log says of a ballot.

    :param course: its entries besides the casts, in the order of the log.
    :param casts: the entry of each cast, by the digest it commits to.
    :param indexes: of all of them.
    """

    course: list[LogEntry] = field(default_factory=list)
    casts: dict[str, LogEntry] = field(default_factory=dict)
    indexes: set[int] = field(default_factory=set)

    def of(self, action: str) -> list[LogEntry]:
        """Return the entries of one action, casts left out."""
        return [entry for entry in self.course if entry.action == action]


def read_entries(
    report: Report, files: EvidenceFiles, manifest: Manifest, leaves: AuthenticTiles | None
) -> BallotEntries:
    """Read the entries, check each by itself, and return what they say.

    :param leaves: of the log; None where its tiles are of no use, which has been found already.
    """
    found = BallotEntries()
    last = -1
    for entry in _entries(files):
        if entry.index <= last:
            report.found("entry-out-of-order", entry.where, f"it stands after index {last}")
        last = max(last, entry.index)
        if leaves is not None:
            _check_place(report, entry, leaves)
        if entry.log != manifest.community or entry.subject != ("ballot", manifest.ballot):
            report.found("entry-of-another-ballot", entry.where, f"it is about {' '.join(entry.subject)}")
            continue
        if not entry.commits_to_content:
            report.found("content-not-committed", entry.where, "content and salt do not make its commitment")
        found.indexes.add(entry.index)
        if entry.action != CAST:
            found.course.append(entry)
        elif entry.commitment is None or entry.commitment in found.casts:
            report.found("entry-out-of-order", entry.where, "it commits to no cast, or to one a second time")
        else:
            found.casts[entry.commitment] = entry
    report.checked["entries"] = len(found.indexes)
    return found


def subject_of(body: bytes) -> tuple[str, str] | None:
    """Return type and id of what an entry of the log is about, or None where it cannot be read."""
    try:
        subject = json.loads(body)["object"]
        return subject["type"], subject["id"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _entries(files: EvidenceFiles) -> Iterator[LogEntry]:
    for number, line in read_lines(files, ENTRIES):
        try:
            yield LogEntry.read(line)
        except InvalidEvidence as invalid:
            raise InvalidEvidence(f"line {number} {invalid}") from None


def _check_place(report: Report, entry: LogEntry, leaves: AuthenticTiles) -> None:
    try:
        there = leaves.leaf(entry.index)
    except WrongTile as wrong:
        report.found("tile-wrong", LOG + wrong.path, str(wrong))
        return
    except InvalidTile as outside:
        report.found("entry-not-in-log", entry.where, str(outside))
        return
    if there != leaf_hash(entry.body):
        report.found("entry-not-in-log", entry.where, "another entry stands there")
