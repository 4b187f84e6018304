"""The course of a ballot by its log: opened, perhaps extended or suspended, closed; and whether all of it fits."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.evidence.faults import InvalidEvidence, Report
from app.domain.evidence.files import RESULT, moment
from app.domain.evidence.log_entries import CLOSED, MOVES, OPENED, BallotEntries, LogEntry
from app.domain.evidence.manifest import Manifest
from app.domain.evidence.result import Result


@dataclass(frozen=True, slots=True)
class Voting:
    """When there was voting: from ``opens_at`` up to, not including, ``closed_at``, and not while suspended.

    Instants are texts of one form, so that their order is that of time.

    :param suspended: [from, until) of the suspension, if there was one.
    :param opened, closed: indexes of the entries between which every cast's has to stand.
    """

    opens_at: str
    closed_at: str
    suspended: tuple[str, str] | None
    opened: int
    closed: int

    def is_on(self, moment: str) -> bool:
        """Say whether a vote could be cast at an instant."""
        stopped = self.suspended is not None and self.suspended[0] <= moment < self.suspended[1]
        return self.opens_at <= moment < self.closed_at and not stopped


def check_course(
    report: Report, manifest: Manifest, result: Result, entries: BallotEntries, *, everyone_voted: bool
) -> Voting:
    """Check that the log opens and closes this ballot, and that voting ended when it had to.

    :param everyone_voted: which lets a ballot close before its time where its rules allow that.
    """
    opening = _the_one(report, "opening-not-logged", entries, OPENED)
    if opening is not None:
        content = opening.content or {}
        report.unlike(
            "opening-not-logged",
            opening.where,
            (manifest.digest, manifest.roll["hash"], manifest.opened_at),
            (content.get("manifest_hash"), content.get("roll_hash"), opening.at),
            "manifest, roll or time",
        )
    closing = _the_one(report, "closing-not-logged", entries, CLOSED)
    if closing is not None:
        report.unlike(
            "closing-not-logged",
            closing.where,
            (result.digest, result.certified_at),
            (closing.commitment, closing.at),
            "result or time",
        )
    closes_at, suspended = _moved(report, manifest, entries)
    early = manifest.early_close and everyone_voted and result.closed_at < closes_at
    if not early:
        report.unlike("close-unexplained", RESULT, closes_at, result.closed_at, "the end of voting")
    if result.certified_at < result.closed_at:
        report.found(
            "close-unexplained", RESULT, f"it was certified at {result.certified_at}, before the close"
        )
    first = -1 if opening is None else opening.index
    last = max(entries.indexes, default=-1) + 1 if closing is None else closing.index
    for entry in entries.course:
        if entry.action in MOVES and not first < entry.index < last:
            report.found("entry-out-of-order", entry.where, "it stands outside the voting")
    return Voting(manifest.opens_at, result.closed_at, suspended, first, last)


def _the_one(report: Report, code: str, entries: BallotEntries, action: str) -> LogEntry | None:
    found = entries.of(action)
    if len(found) != 1:
        report.found(code, f"action {action}", f"there are {len(found)} such entries, not one")
    return found[0] if found else None


def _moved(report: Report, manifest: Manifest, entries: BallotEntries) -> tuple[str, tuple[str, str] | None]:
    """Return where the entries move the close to, and the suspension among them."""
    closes_at, suspended = manifest.closes_at, None
    for entry in entries.course:
        if entry.action not in MOVES:
            continue
        if entry.content is None:
            report.unchecked.append(f"{entry.where}: what moved the close was erased")
            continue
        with report.reading(entry.where):
            closes_at = moment(entry.content, "closes_at")
            if entry.action == "ballot.suspended":
                suspended = entry.at, moment(entry.content, "until")
            elif entry.action == "ballot.resumed" and suspended is None:
                raise InvalidEvidence("ends a suspension that never was")
            elif entry.action == "ballot.resumed" and suspended is not None:
                suspended = suspended[0], entry.at
    return closes_at, suspended
