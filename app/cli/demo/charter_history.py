"""Whether a charter's versions are what the log says they are, and follow from each other by what was voted on."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from app.cli.demo.audit_entries import Entry
from app.cli.demo.findings import Finding
from app.domain.canonical_json import canonical_json, sha256_hex
from app.domain.charter.amendments import AmendmentConflict, InvalidCharter, apply, read_operations
from app.domain.charter.stored import operations_now, read_stored_charter

_Version = Mapping[str, Any]


def check_charter(
    versions: Sequence[_Version], amendments: Mapping[str, Mapping[str, Any]], entries: Sequence[Entry]
) -> list[Finding]:
    """Check every version of a charter.

    :param versions: as served, in any order.
    :param amendments: the proposals that the versions name, by id.
    :param entries: the whole log of the community, in its order.
    """
    try:
        ordered = sorted(versions, key=lambda version: version["number"])
        return [
            _finding(
                "digests",
                _wrong_digests(ordered),
                f"each of the {len(ordered)} versions has the SHA-256 of its document",
            ),
            _finding(
                "versions",
                _unlogged(ordered, entries),
                f"numbered 1 to {len(ordered)} without a gap, each with its digest in the log",
            ),
            _finding(
                "amendments",
                _unexplained(ordered, amendments),
                "each version is the one before it with the operations that were voted on, and nothing else",
            ),
        ]
    except (ValueError, KeyError, TypeError, AttributeError) as unreadable:
        return [Finding("versions", agrees=False, detail=f"they cannot be read: {unreadable!r}")]


def _finding(subject: str, found: Iterator[str], detail: str) -> Finding:
    problems = list(found)
    more = f" (and {len(problems) - 1:,} more)" if len(problems) > 1 else ""
    return Finding(subject, not problems, problems[0] + more if problems else detail)


def _wrong_digests(versions: Sequence[_Version]) -> Iterator[str]:
    for version in versions:
        if sha256_hex(canonical_json(version["charter"])) != version["digest"]:
            yield f"version {version['number']} does not have the SHA-256 of its document"


def _unlogged(versions: Sequence[_Version], entries: Sequence[Entry]) -> Iterator[str]:
    numbers = [version["number"] for version in versions]
    if numbers != list(range(1, len(numbers) + 1)):
        yield f"the versions are numbered {', '.join(map(str, numbers)) or 'not at all'}"
    logged = dict(_logged(entries))
    served = {version["number"]: version["digest"] for version in versions}
    for number in sorted(logged.keys() | served.keys()):
        if logged.get(number) != served.get(number):
            yield f"version {number} is not the one that the log says came into force"


def _logged(entries: Sequence[Entry]) -> Iterator[tuple[int, str]]:
    """Yield the versions that came into force, with their digests, as the log says."""
    for shown in entries:
        action = json.loads(shown["body"])["action"]
        if action == "community.founded":
            first = shown["content"]["charter"]
            yield first["version"], first["digest"]
        elif action == "charter.enacted":
            yield shown["content"]["version"], shown["content"]["digest"]


def _unexplained(versions: Sequence[_Version], amendments: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Make every version again from the one before it."""
    for before, after in itertools.pairwise(versions):
        amendment = amendments.get(after["proposal_id"])
        if amendment is None:
            yield f"version {after['number']} names no amendment that made it"
            continue
        try:
            made = apply(
                read_stored_charter(before["charter"]),
                read_operations(operations_now(amendment["operations"])),
            )
        except (AmendmentConflict, InvalidCharter) as conflict:
            yield f"version {after['number']} does not follow from what was voted on: {conflict}"
            continue
        if made.to_json() != after["charter"]:
            yield f"version {after['number']} is not version {before['number']} with what was voted on"
