"""Chapter 10: the auditor works out again what the service says of charter and promises."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

from app.cli.demo.audit import show
from app.cli.demo.audit_entries import Entry
from app.cli.demo.charter_history import check_charter
from app.cli.demo.figures import draw_series
from app.cli.demo.findings import Finding
from app.cli.demo.scene import Scene
from app.cli.demo.scorecard_log import check_scorecards

#: Points of the time series; each takes a column of the terminal.
_POINTS = 40


def tell(scene: Scene) -> None:
    """Tell the chapter."""
    portal, auditor, terminal = scene.portal, scene.auditor, scene.terminal
    terminal.heading("10  The charter and the scorecard, worked out again")
    now = portal.read(auditor, "/scorecard")
    founded = portal.read(auditor, "")["created_at"]
    cards = [*_series(scene, founded, now["at"]), now]
    scene.say(f"{auditor.name} reads the scorecard as it was ever since Fizz was founded:")
    draw_series(terminal, cards)
    terminal.line()
    entries: list[Entry] = portal.read_all(auditor, "/audit-entries")
    numbers = [item["number"] for item in portal.read_all(auditor, "/charter/versions")]
    versions = [portal.read(auditor, f"/charter/versions/{number}") for number in numbers]
    amendments = {
        version["proposal_id"]: portal.read(auditor, f"/proposals/{version['proposal_id']}")
        for version in versions
        if version["proposal_id"] is not None
    }
    scene.say("Then everything again from what was downloaded, without the server:")
    findings = check_charter(versions, amendments, entries)
    findings += [check_scorecards(cards, entries), _control(now, entries)]
    for finding in findings:
        show(terminal, finding)
    scene.findings += findings


def _series(scene: Scene, since: str, until: str) -> list[Any]:
    first, last = dt.datetime.fromisoformat(since), dt.datetime.fromisoformat(until)
    every = max(math.ceil((last - first).total_seconds() / _POINTS), 1)
    path = f"/scorecard/series?from={since}&to={until}&every=PT{every}S"
    items: list[Any] = scene.portal.read(scene.auditor, path)["items"]
    return items


def _control(card: Any, entries: list[Entry]) -> Finding:
    """Leave one answer out of a copy of the log: a check that still agreed would be worth nothing."""
    actions = [entry["entry"]["action"] for entry in entries]
    if "obligation.answered" not in actions:
        return Finding("control", None, "nothing was answered, so no answer can be left out")
    answer = actions.index("obligation.answered")
    caught = check_scorecards([card], [*entries[:answer], *entries[answer + 1 :]])
    if caught.agrees is False:
        figure = caught.detail.partition(" at ")[0]
        detail = f'one answer left out of a copy of the log: caught, by the figure "{figure}" and others'
        return Finding("control", agrees=True, detail=detail)
    return Finding("control", agrees=False, detail="one answer was left out of a copy of the log, unnoticed")
