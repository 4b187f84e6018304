"""Counting a ballot again outside the server, from what anyone in the community can download.

Uses the domain's counting rules and the standard library: no database, no service, no server.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.cli.demo.audit_entries import broken
from app.cli.demo.ballot_log import promised_digest
from app.cli.demo.delegation import resolve_again
from app.cli.demo.findings import Finding, Notes, number_of
from app.cli.demo.tallies import (
    check_roll,
    compare_decision,
    compare_rounds,
    compare_totals,
    count_again,
    decide_again,
    weights_of,
)
from app.domain import counting
from app.domain.canonical_json import canonical_json, sha256_hex
from app.domain.evidence.ballot_log import Cast, Roll, read_csv, read_json_lines, read_roll
from app.domain.evidence.charter_rules import compare_with_charter
from app.domain.evidence.digests import cast_digest


@dataclass(frozen=True, slots=True)
class Download:
    """A file and the ``Repr-Digest`` that came with it."""

    content: bytes
    repr_digest: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a voter kept: the receipt of their latest vote, and how they themselves remember having voted."""

    tracker: str
    digest: str
    leaf_hash: str
    choice: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything a recount starts from.

    :param ballot: as read over the API, for the hashes that everybody saw while voting ran.
    :param manifest: the exact bytes published at opening.
    :param charter: the version of the charter that the manifest names, as read over the API.
    :param result: the certified result.
    :param roll: the electoral roll under its random names.
    :param audit_entries: of the community, in their order.
    """

    ballot: Mapping[str, Any]
    manifest: bytes
    charter: Mapping[str, Any]
    result: Mapping[str, Any]
    log_csv: Download
    log_json_lines: Download
    roll: Download
    receipts: Sequence[Receipt] = ()
    audit_entries: Sequence[Mapping[str, Any]] = ()
    delegations: Download | None = None


@dataclass(frozen=True, slots=True)
class Recount:
    """A finished recount, and the count itself where the log could be counted; of two the members'."""

    findings: tuple[Finding, ...]
    count: counting.CountResult | None

    @property
    def agrees(self) -> bool:
        """Whether nothing that could be looked at differs."""
        return all(finding.agrees is not False for finding in self.findings)

    @property
    def disagreements(self) -> list[Finding]:
        """Return what differs."""
        return [finding for finding in self.findings if finding.agrees is False]


def recount(evidence: Evidence) -> Recount:
    """Count again and compare everything the server said. Never raises for wrong evidence: it says so."""
    notes = Notes()
    count = None
    try:
        manifest = json.loads(evidence.manifest)
        _compare_manifest(notes, evidence, manifest)
        notes.compare("charter", *compare_with_charter(evidence.charter, manifest))
        casts = _read_logs(notes, evidence)
        _check_casts(notes, manifest, evidence.result["closed_at"], casts)
        roll, result = read_roll(evidence.roll.content), evidence.result
        check_roll(notes, result, manifest, roll, casts)
        counted = sorted((cast for cast in casts if cast.counts), key=lambda cast: cast.tracker)
        weights = _resolve_delegations(notes, evidence, manifest, roll, counted)
        tallies = count_again(notes, result, manifest, counted, weights_of(manifest, roll, weights))
        count = tallies[0].count
        compare_totals(notes, result, manifest, tallies)
        decision, explanation = decide_again(manifest, tallies)
        compare_rounds(notes, result, tallies, explanation)
        compare_decision(notes, result, tallies, decision)
        _compare_result_digest(notes, evidence.result)
        _find_receipts(notes, evidence, casts)
        _read_audit_entries(notes, evidence)
    except (ValueError, KeyError, TypeError) as broken:
        notes.note("reading", agrees=False, detail=f"the evidence cannot be read: {broken!r}")
    return Recount(tuple(notes.findings), count)


def _compare_manifest(notes: Notes, evidence: Evidence, manifest: Mapping[str, Any]) -> None:
    own = sha256_hex(evidence.manifest)
    notes.compare(
        "manifest",
        {
            "the hash": (own, evidence.ballot["manifest_hash"]),
            "the hash in the result": (own, evidence.result["manifest_hash"]),
            "the ballot": (manifest["ballot"], evidence.result["ballot"]),
            "the roll's hash": (manifest["roll"]["hash"], evidence.ballot["roll_hash"]),
            "the canonical form": (canonical_json(manifest) == evidence.manifest, True),
        },
        "its SHA-256 is the one published at opening",
    )


def _read_logs(notes: Notes, evidence: Evidence) -> list[Cast]:
    files = {"CSV": evidence.log_csv, "JSON Lines": evidence.log_json_lines, "roll's": evidence.roll}
    notes.compare(
        "files",
        {
            f"the SHA-256 of the {name} file": (
                sha256_hex(file.content),
                promised_digest(file.repr_digest),
            )
            for name, file in files.items()
        },
        "each has the SHA-256 that its Repr-Digest promised",
    )
    casts = read_csv(evidence.log_csv.content)
    same = casts == read_json_lines(evidence.log_json_lines.content)
    notes.note(
        "formats",
        agrees=same,
        detail=f"CSV and JSON Lines {'say the same' if same else 'differ'} ({len(casts):,} lines)",
    )
    return casts


def _check_casts(notes: Notes, manifest: Mapping[str, Any], closed_at: str, casts: Sequence[Cast]) -> None:
    """Every line's digest is of its own tracker and choice, and each voter's last vote is the one that counts.

    :param closed_at: when voting ended; later than the manifest says where a late quorum or a suspension moved
        the close, which the audit log has to say.
    """
    problems = [
        f"vote {cast.tracker} does not have the digest of its choice"
        for cast in casts
        if cast_digest(manifest["ballot"], cast.tracker, cast.choice) != cast.digest
    ]
    notes.none_of("vote digests", problems, "each is the SHA-256 of its tracker and choice")

    problems = []
    if len({cast.tracker for cast in casts}) != len(casts):
        problems.append("a tracker stands twice")
    by_voter: dict[str, list[Cast]] = defaultdict(list)
    for cast in casts:
        by_voter[cast.voter].append(cast)
    for voter, own in by_voter.items():
        own.sort(key=lambda cast: cast.revision)
        if [cast.revision for cast in own] != list(range(1, len(own) + 1)):
            problems.append(f"the votes of {voter} are not numbered from 1")
        if [cast.counts for cast in own] != [False] * (len(own) - 1) + [True]:
            problems.append(f"not the last vote alone counts of {voter}")
        if len(own) > 1 and not manifest["vote_change"]:
            problems.append(f"{voter} voted twice where votes cannot be changed")
    for cast in casts:
        if not manifest["opens_at"] <= cast.cast_at < closed_at:
            problems.append(f"vote {cast.tracker} was cast at {cast.cast_at}, outside the voting period")
    replaced = sum(not cast.counts for cast in casts)
    detail = "one counts for each voter, its last" if replaced else "one for each voter"
    notes.none_of("votes", problems, f"{detail}, all within the voting period")


def _resolve_delegations(
    notes: Notes, evidence: Evidence, manifest: Mapping[str, Any], roll: Roll, counted: Sequence[Cast]
) -> Sequence[Mapping[str, int]]:
    """Return for each tally the weight with which each voter's vote counts: own, and what they carry for others."""
    result = evidence.result
    own = [
        {cast.voter: weight for cast in counted for weight in cast.weights[place : place + 1]}
        for place in range(1 if roll.tokens is None else 2)
    ]
    if not manifest["rules"].get("delegation"):
        pairs: Mapping[str, tuple[object, object]] = {"what it came to": (None, result["delegation"])}
        notes.compare("delegation", pairs, "only direct votes count")
        return own
    if evidence.delegations is None:
        notes.note("delegation", agrees=None, detail="its evidence was not read")
        return own
    content, entries = evidence.delegations.content, evidence.audit_entries
    found = resolve_again(content, roll, counted, manifest, result, audit_entries=entries)
    held = [result["concentration"], result["concentration"]["tokens"]][: len(found.delegated)]
    totals = [sum(each.values()) for each in (roll.weights, roll.tokens or {})]
    shares = [f"{part}/{total}" for part, total in zip(found.delegated, totals, strict=False)]
    share = (shares, [each["delegated"] for each in held])
    pairs = {**found.pairs, "the delegated share": share}
    notes.compare("delegation", pairs, f"{number_of(found.links, 'link')} resolved again, to the same sums")
    notes.none_of(
        "links", found.problems, "each goes from roll to roll, was given, and ends with a vote or none"
    )
    return found.counted


def _compare_result_digest(notes: Notes, result: Mapping[str, Any]) -> None:
    content = {name: value for name, value in result.items() if name != "digest"}
    pairs = {"the digest": (sha256_hex(canonical_json(content)), result["digest"])}
    notes.compare("result", pairs, "its digest is the SHA-256 of all it says")


def _find_receipts(notes: Notes, evidence: Evidence, casts: Sequence[Cast]) -> None:
    """Each voter finds their own vote: their tracker, with the choice they remember."""
    if not evidence.receipts:
        notes.note("receipts", agrees=None, detail="no voter brought one")
        return
    by_tracker = {cast.tracker: cast for cast in casts}
    problems = []
    for receipt in evidence.receipts:
        found = by_tracker.get(receipt.tracker)
        own = cast_digest(evidence.ballot["id"], receipt.tracker, receipt.choice)
        if found is None:
            problems.append(f"vote {receipt.tracker} is not in the log")
        elif not found.counts:
            problems.append(f"vote {receipt.tracker} does not count, though nothing replaced it")
        elif found.choice != receipt.choice:
            problems.append(f"vote {receipt.tracker} stands in the log with another choice")
        elif not own == receipt.digest == found.digest:
            problems.append(f"vote {receipt.tracker} has another digest than its receipt")
    number = len(evidence.receipts)
    notes.none_of("receipts", problems, f"{number:,} of {number:,} voters find their vote as they cast it")


def _read_audit_entries(notes: Notes, evidence: Evidence) -> None:
    """Find the opening with its hash, every receipt's entry and the result's digest in the audit log."""
    if not evidence.audit_entries:
        notes.note("audit log", agrees=None, detail="not read")
        return
    problems = list(broken(evidence.audit_entries))
    entries: dict[str, Mapping[str, Any]] = {}
    milestones: dict[str, Mapping[str, Any]] = {}
    for shown in evidence.audit_entries:
        entry = json.loads(shown["body"])
        entries[shown["leaf_hash"]] = entry
        if entry["object"]["id"] == evidence.ballot["id"]:
            milestones[entry["action"]] = {**shown, "commitment": entry["commitment"]}
    opened = milestones.get("ballot.opened", {}).get("content") or {}
    if opened.get("manifest_hash") != evidence.ballot["manifest_hash"]:
        problems.append("no entry says that it was opened with this manifest")
    if milestones.get("ballot.closed", {}).get("commitment") != evidence.result["digest"]:
        problems.append("no entry commits to this result")
    problems += _unexplained_close(evidence, milestones)
    for receipt in evidence.receipts:
        entry = entries.get(receipt.leaf_hash, {})
        if entry.get("action") != "ballot.cast" or entry.get("commitment") != receipt.digest:
            problems.append(f"no entry commits to vote {receipt.tracker}")
    notes.none_of(
        "audit log",
        problems,
        f"{len(evidence.audit_entries):,} entries; opening, result and every receipt are among them",
    )


def _unexplained_close(evidence: Evidence, milestones: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with a close later than the manifest says: a late quorum or a suspension moves it."""
    late = evidence.result["closed_at"] > json.loads(evidence.manifest)["closes_at"]
    if late and not {"ballot.extended", "ballot.suspended"} & milestones.keys():
        return ["it closed later than its manifest says, and no entry says why"]
    return []
