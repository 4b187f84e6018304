"""Who took part where votes are kept apart from voters: as many entries of the log as there are votes."""

from __future__ import annotations

from app.domain.charter.words import Secrecy
from app.domain.evidence.ballot_box import BallotBox
from app.domain.evidence.course import Voting
from app.domain.evidence.faults import Report
from app.domain.evidence.files import CASTS, ENTRIES
from app.domain.evidence.log_entries import BallotEntries, LogEntry
from app.domain.evidence.manifest import Manifest

RECAST = "ballot.recast"
ISSUED = "ballot.credential_issued"


def check_participation(
    report: Report, manifest: Manifest, box: BallotBox, entries: BallotEntries, voting: Voting
) -> int | None:
    """Compare the casts with the entries of those who took part.

    :return: how many credentials the log says were issued; None in a confidential ballot.
    """
    if manifest.secrecy is Secrecy.SECRET:
        issued = entries.of(ISSUED)
        _check_entries(report, issued, voting)
        if entries.casts or entries.of(RECAST):
            report.found(
                "participation-differs", ENTRIES, "entries say when votes of a secret ballot were cast"
            )
        if not box.voted <= len(issued) <= manifest.roll_size:
            detail = f"{box.voted} votes, {len(issued)} credentials, {manifest.roll_size} on the roll"
            report.found("surplus-votes", CASTS, detail)
        return len(issued)
    first, again = list(entries.casts.values()), entries.of(RECAST)
    _check_entries(report, [*first, *again], voting)
    for what, logged, there in (
        ("members", len(first), box.voted),
        ("votes that replaced others", len(again), box.replaced),
    ):
        if logged != there:
            report.found("participation-differs", CASTS, f"{there} {what}, and {logged} in the log")
    if box.voted > manifest.roll_size:
        report.found("surplus-votes", CASTS, f"{box.voted} votes, {manifest.roll_size} on the roll")
    return None


def _check_entries(report: Report, entries: list[LogEntry], voting: Voting) -> None:
    members: set[str] = set()
    for entry in entries:
        if not voting.is_on(entry.at):
            report.found("cast-outside-period", entry.where, f"somebody took part at {entry.at}")
        if not voting.opened < entry.index < voting.closed:
            report.found("entry-out-of-order", entry.where, "it stands outside the voting")
        if entry.actor is not None:
            report.found("participation-differs", entry.where, "it names who acted")
        if entry.content is None:
            continue
        member = str(entry.content.get("member"))
        if member in members:
            report.found("participation-differs", entry.where, f"{member} took part twice")
        members.add(member)
