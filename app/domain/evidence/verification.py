"""The verification of a whole bundle: everything that can be found out without the service."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.domain.evidence.ballot_box import BallotBox, check_every_weight_is_one, read_box
from app.domain.evidence.charter_rules import compare_with_charter
from app.domain.evidence.course import check_course
from app.domain.evidence.faults import InvalidEvidence, Report, shortened
from app.domain.evidence.files import (
    CASTS,
    CHARTER,
    CHECKPOINT,
    ENTRIES,
    LOG,
    MANIFEST,
    RESULT,
    ROLL,
    EvidenceFiles,
    read_canonical,
    read_small,
)
from app.domain.evidence.index import Index, check_index
from app.domain.evidence.log_entries import BallotEntries, read_entries
from app.domain.evidence.manifest import Manifest
from app.domain.evidence.participation import check_participation
from app.domain.evidence.recount import Apart, check_result
from app.domain.evidence.result import Result
from app.domain.evidence.roll import ElectoralRoll, read_roll
from app.domain.evidence.secret_votes import SecretVoteCryptography
from app.domain.evidence.votes import check_casts, voters_of
from app.domain.translog.authentic_tiles import AuthenticTiles
from app.domain.translog.checkpoints import Checkpoint
from app.domain.translog.signed_notes import LONGEST_NOTE, InvalidNote, InvalidSignature
from app.domain.translog.tiles import TILE_SIZE, InvalidTile, Tile

OpenCheckpoint = Callable[[bytes], Checkpoint]
"""Signed checkpoint -> what it states, once the signatures under it that must be there hold.

Raises ``InvalidNote`` or ``InvalidSignature``.
"""


def verify_bundle(
    files: EvidenceFiles,
    open_checkpoint: OpenCheckpoint,
    cryptography: SecretVoteCryptography | None = None,
) -> tuple[Report, BallotEntries | None]:
    """Verify a bundle: files, checkpoint, entries, roll, casts, count, decision.

    Each part is checked as far as it can be read, so that one fault hides no other.

    :param cryptography: of secret ballots; without it their credentials and seals are not looked at.
    :return: the report, and what the log says of the ballot where that could be read.
    """
    report = Report()
    there = set(files.names())
    index = check_index(report, files)
    leaves = _read_log(report, files, index, open_checkpoint) if CHECKPOINT in there else None
    manifest = None
    if MANIFEST in there:
        with report.reading(MANIFEST):
            manifest = Manifest.read(read_small(files, MANIFEST))
    if manifest is None:
        report.unchecked.append("without a manifest nothing can be said of the ballot")
        return report, None
    report.checked["ballot"] = manifest.ballot
    if index is not None:
        report.unlike("result-of-another-ballot", MANIFEST, index.ballot, manifest.ballot, "the ballot")
    if CHARTER in there:
        _check_charter(report, files, manifest)
    return report, _check_ballot(report, files, manifest, leaves, cryptography)


def _check_ballot(
    report: Report,
    files: EvidenceFiles,
    manifest: Manifest,
    leaves: AuthenticTiles | None,
    cryptography: SecretVoteCryptography | None,
) -> BallotEntries | None:
    """Check entries, roll, casts and result; return the entries where they could be read."""
    there = set(files.names())
    entries = result = roll = votes = None
    if ENTRIES in there:
        with report.reading(ENTRIES):
            entries = read_entries(report, files, manifest, leaves)
    if RESULT in there:
        with report.reading(RESULT):
            result = Result.read(read_small(files, RESULT))
    if ROLL in there:
        with report.reading(ROLL):
            roll = read_roll(report, files, manifest)
    if CASTS in there and result is not None:
        with report.reading(CASTS):
            votes = _read_votes(report, files, manifest, result, cryptography)
    if result is None or roll is None or votes is None:
        report.unchecked.append("roll, casts and result are not all there and readable: nothing was counted")
        return entries
    if entries is None:
        report.unchecked.append("without the log's entries, nothing says that these casts are all of them")
    if isinstance(votes, BallotBox):
        _check_box(report, files, manifest, result, roll, box=votes, entries=entries)
        return entries
    if entries is not None:
        everyone = votes == manifest.roll_size
        voting = check_course(report, manifest, result, entries, everyone_voted=everyone)
        check_casts(report, files, manifest, roll, entries=entries, voting=voting)
    check_result(report, files, manifest, result, roll)
    return entries


def _read_votes(
    report: Report,
    files: EvidenceFiles,
    manifest: Manifest,
    result: Result,
    cryptography: SecretVoteCryptography | None,
) -> int | BallotBox:
    """Return how many voted, or the ballot box where votes are kept apart from voters."""
    if manifest.secrecy.keeps_votes_apart:
        return read_box(report, files, manifest, result, cryptography)
    return len(voters_of(files))


def _check_box(
    report: Report,
    files: EvidenceFiles,
    manifest: Manifest,
    result: Result,
    roll: ElectoralRoll,
    *,
    box: BallotBox,
    entries: BallotEntries | None,
) -> None:
    """Compare a ballot box with roll, log and result."""
    issued = result.ballot_box.get("issued")
    if entries is not None:
        everyone = box.voted == manifest.roll_size
        voting = check_course(report, manifest, result, entries, everyone_voted=everyone)
        issued = check_participation(report, manifest, box, entries, voting)
    check_every_weight_is_one(report, roll.weights)
    apart = Apart(box.counted, box.stated(issued))
    check_result(report, files, manifest, result, roll, apart=apart)


def _read_log(
    report: Report, files: EvidenceFiles, index: Index | None, open_checkpoint: OpenCheckpoint
) -> AuthenticTiles | None:
    """Open the checkpoint and the tiles under it; None where they prove nothing, which has been noted."""
    checkpoint = None
    with report.reading(CHECKPOINT):
        try:
            checkpoint = open_checkpoint(read_small(files, CHECKPOINT, LONGEST_NOTE))
        except InvalidNote as malformed:
            report.found("checkpoint-malformed", CHECKPOINT, str(malformed))
        except InvalidSignature as unsigned:
            report.found("checkpoint-not-signed", CHECKPOINT, str(unsigned))
    if checkpoint is None:
        return None
    report.checked["log"] = {"origin": checkpoint.origin, "size": checkpoint.size}
    if index is not None:
        report.unlike("result-of-another-ballot", CHECKPOINT, index.origin, checkpoint.origin, "the log")
    there = set(files.names())

    def fetch(tile: Tile) -> bytes:
        name = LOG + tile.path
        if name not in there:
            raise InvalidTile(f"{tile.path} is missing")
        try:
            return read_small(files, name, TILE_SIZE)
        except InvalidEvidence as invalid:
            raise InvalidTile(f"{tile.path} {invalid}") from None

    try:
        with report.reading(LOG):
            return AuthenticTiles(checkpoint.size, checkpoint.root, fetch)
    except InvalidTile as wrong:
        report.found("tile-wrong", LOG, str(wrong))
    return None


def _check_charter(report: Report, files: EvidenceFiles, manifest: Manifest) -> None:
    """Compare the manifest with the version of the charter that it names."""
    with report.reading(CHARTER):
        version = read_canonical(read_small(files, CHARTER))
        pairs: dict[str, tuple[Any, Any]] = {}
        try:
            pairs, _ = compare_with_charter(version, manifest.document)
        except (KeyError, TypeError, ValueError, AttributeError) as unreadable:
            raise InvalidEvidence(
                f"is no version of a charter, or the manifest names none: {unreadable!r}"
            ) from None
        for what, (ours, theirs) in pairs.items():
            if ours != theirs:
                detail = f"{what}: {shortened(ours)} here, {shortened(theirs)} there"
                report.found("charter-differs", CHARTER, detail)
