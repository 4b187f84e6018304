"""A ballot's evidence bundle, verified; and, with the log beside it, that the bundle leaves out no entry."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from app.domain.evidence.faults import Report
from app.domain.evidence.files import CHECKPOINT, read_small
from app.domain.evidence.log_entries import subject_of
from app.domain.evidence.verification import verify_bundle
from app.domain.translog.edge import Edge
from app.domain.translog.signed_notes import LONGEST_NOTE
from app.verify.archives import open_bundle
from app.verify.following import STEP
from app.verify.keys import LogKeys
from app.verify.reading import extends, read_checkpoint, read_log
from app.verify.secret_votes import CRYPTOGRAPHY
from app.verify.sources import LogSource


def check_bundle(path: Path, keys: LogKeys, log: LogSource | None, tell: Callable[[str], None]) -> Report:
    """Verify a bundle.

    :param path: of the folder or archive.
    :param log: the community's log, to look for entries that the bundle leaves out; or None.
    :param tell: takes a line of progress.
    :raises RefusedBundle: for a hostile folder or archive, before anything of it is read.
    :raises Unreachable: where the log cannot be read.
    :raises OSError: where the bundle cannot.
    """
    files = open_bundle(path)
    report, entries = verify_bundle(files, keys.open_checkpoint, CRYPTOGRAPHY)
    if log is None:
        report.unchecked.append("without the log, nothing says that no entry about this ballot was left out")
        return report
    ballot = report.checked.get("ballot")
    if entries is None or ballot is None or "log" not in report.checked:
        report.unchecked.append(
            "the log was not searched: the bundle has no manifest, entries and checkpoint"
        )
        return report
    opened = read_checkpoint(report, log, keys)
    if opened is None:
        return report
    checkpoint = opened[1]
    own = keys.open_checkpoint(read_small(files, CHECKPOINT, LONGEST_NOTE))
    if extends(report, log, own, checkpoint):
        for bundle in read_log(report, log, checkpoint, Edge()):
            for index, body in enumerate(bundle.entries, bundle.first):
                if subject_of(body) == ("ballot", ballot) and index not in entries.indexes:
                    report.found("entry-missing", f"index {index}", "the bundle leaves it out")
            end = bundle.first + len(bundle.entries)
            if end % STEP == 0:
                tell(f"{end:,} of {checkpoint.size:,} entries")
        report.checked["searched"] = checkpoint.size
    return report
