"""The bundle's index: which files belong to it, each with its size and SHA-256. It is written last."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.canonical_json import canonical_json
from app.domain.evidence.faults import InvalidEvidence, Report
from app.domain.evidence.files import (
    FORMAT,
    INDEX,
    REQUIRED,
    EvidenceFiles,
    chunks,
    is_known,
    member,
    read_canonical,
    read_small,
)

_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class FileDigest:
    """What the index says of a file.

    :param size: in bytes.
    :param sha256: 64 lower-case hexadecimal digits.
    """

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Index:
    """The index.

    :param ballot: the ballot's id.
    :param origin: of the log that holds its entries.
    :param files: name to size and digest, all files but the index itself.
    """

    ballot: str
    origin: str
    files: Mapping[str, FileDigest]

    def encode(self) -> bytes:
        """Return the index as its file holds it."""
        files = {name: {"sha256": each.sha256, "size": each.size} for name, each in self.files.items()}
        return canonical_json(
            {"ballot": self.ballot, "files": files, "format": FORMAT, "origin": self.origin}
        )

    @classmethod
    def read(cls, data: bytes) -> Index:
        """Read an index.

        :raises InvalidEvidence: for anything else, and for another format.
        """
        document = read_canonical(data)
        if document.get("format") != FORMAT:
            raise InvalidEvidence(f"the format is not {FORMAT}")
        files = {}
        for name, facts in member(document, "files", dict).items():
            if not isinstance(facts, dict):
                raise InvalidEvidence(f"says nothing of {name}")
            each = FileDigest(member(facts, "size", int), member(facts, "sha256", str))
            if _DIGEST.fullmatch(each.sha256) is None:
                raise InvalidEvidence(f"has no SHA-256 of {name}")
            files[name] = each
        return cls(member(document, "ballot", str), member(document, "origin", str), files)


def check_index(report: Report, files: EvidenceFiles) -> Index | None:
    """Compare what is there with what the index lists, and each file with its digest."""
    there = set(files.names())
    if INDEX not in there:
        report.found("file-missing", INDEX, "without an index nothing says what belongs to the bundle")
        return None
    with report.reading(INDEX):
        index = Index.read(read_small(files, INDEX))
        for name in sorted(there - index.files.keys() - {INDEX}):
            report.found("file-unlisted", name, "the index does not list it")
        for name in sorted(name for name in there & index.files.keys() if not is_known(name)):
            report.found("file-unknown", name, "nothing would be checked of it")
        for name in sorted((index.files.keys() | set(REQUIRED)) - there):
            report.found("file-missing", name, "it is not there")
        for name in sorted(index.files.keys() & there):
            with report.reading(name):
                _check_file(report, files, name, index.files[name])
        report.checked["files"] = len(index.files.keys() & there)
        return index
    return None


def _check_file(report: Report, files: EvidenceFiles, name: str, listed: FileDigest) -> None:
    digest, size = hashlib.sha256(), 0
    with files.open(name) as stream:
        for chunk in chunks(stream):
            digest.update(chunk)
            size += len(chunk)
    if FileDigest(size, digest.hexdigest()) != listed:
        report.found(
            "file-altered",
            name,
            f"{size:,} bytes with SHA-256 {digest.hexdigest()}, not {listed.size:,} with {listed.sha256}",
        )
