"""Following a log: it extends what it was when last looked at, and every entry since then is under its root."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from app.domain.evidence.faults import Report
from app.domain.translog.edge import Edge
from app.domain.translog.tiles import TILE_WIDTH
from app.verify.keys import LogKeys
from app.verify.reading import extends, read_checkpoint, read_log
from app.verify.sources import LogSource
from app.verify.state import State

STEP: Final = 256 * TILE_WIDTH
"""Entries after which progress is told and kept."""


def follow(
    report: Report,
    source: LogSource,
    keys: LogKeys,
    kept: State | None,
    *,
    keep: Callable[[State], None],
    tell: Callable[[str], None],
) -> None:
    """Follow a log.

    Where the log's key was rotated, the keys that it and its successors vouch for are believed from then on, and it
    for nothing larger than what it signed before.

    A checkpoint is kept as soon as it is shown to extend the kept one, before the entries are read: whatever comes
    of those, a later fork is measured by it. Entries count as read only up to the first fault, so that the next run
    meets it again.

    :param kept: what the last run kept, or None for the first.
    :param keep: makes what has been found out so far outlast this run.
    :param tell: takes a line of progress, every 65,536 entries.
    :raises Unreachable: where the log cannot be read; the next run goes on from what was kept.
    :raises InvalidNote, InvalidSignature: where what was kept is no checkpoint of this log.
    """
    keys = keys.with_successors(source)
    old = None if kept is None else keys.open_checkpoint(kept.checkpoint)
    opened = read_checkpoint(report, source, keys)
    if opened is None:
        return
    signed, checkpoint = opened
    report.checked["log"] = {"origin": checkpoint.origin, "size": checkpoint.size}
    if keys.followed_by:
        report.checked["key"] = keys.opened(signed)[1].vkey
    if old is not None:
        report.checked["extends"] = old.size
        if not extends(report, source, old, checkpoint):
            return
    verified = Edge() if kept is None else kept.verified
    start = verified.size
    keep(State(signed, verified.whole_tiles()))
    for bundle in read_log(report, source, checkpoint, verified):
        end = bundle.first + len(bundle.entries)
        if end % STEP == 0:
            tell(f"{end:,} of {checkpoint.size:,} entries")
            if report.agrees:
                keep(State(signed, verified.whole_tiles()))
    if report.agrees:
        keep(State(signed, verified.whole_tiles()))
    report.checked["entries"] = checkpoint.size - start
