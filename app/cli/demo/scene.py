"""What the chapters of the story share: the people, the community, and everything that was looked at."""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from app.cli.demo.audit import audit, show
from app.cli.demo.client import ApiError
from app.cli.demo.drawing import draw_result
from app.cli.demo.findings import Finding
from app.cli.demo.own_charter import Periods
from app.cli.demo.portal import Ballot, Person, Portal
from app.cli.demo.recount import Receipt
from app.cli.demo.server import ServerError
from app.cli.demo.terminal import Progress, Terminal, columns, fitted, span

#: Problems whose own words do not say what is wrong; their first reason does.
_WITH_REASONS = frozenset({"entrenched"})

SAMPLE = Path(__file__).parent / "electorate" / "fizz.json"


#: A result that is due is waited for no longer.
_PATIENCE_SECONDS = 30


class Scene:
    """The sample while it is told: the first chapter fills it with people, all add what they find."""

    def __init__(self, terminal: Terminal, portal: Portal) -> None:
        self.terminal = terminal
        self.portal = portal
        self.sample = json.loads(SAMPLE.read_text(encoding="utf-8"))
        self.findings: list[Finding] = []
        self.periods = Periods()
        self.members: dict[str, Person] = {}
        self.owner: Person
        self.steward: Person
        self.auditor: Person

    # --- telling --------------------------------------------------------------------------------------

    def say(self, text: str) -> None:
        """Write a paragraph."""
        self.terminal.paragraph(text)

    def note(self, finding: Finding, *, quietly: bool = False) -> None:
        """Keep a finding and show it; ``quietly`` as a plain paragraph where it agrees."""
        self.findings.append(finding)
        if quietly and finding.agrees:
            self.terminal.paragraph(finding.detail)
        else:
            show(self.terminal, finding)

    def rows(self, rows: Sequence[tuple[str, str]]) -> None:
        """Write named texts under each other."""
        name = max(columns(name) for name, _ in rows)
        for label, text in rows:
            self.terminal.paragraph(text, sign=f"  {fitted(label, name)} ")

    def refused(
        self,
        person: Person,
        attempt: str,
        expected: str,
        call: tuple[str, str],
        body: Any = None,
        *,
        if_match: str | None = None,
    ) -> None:
        """Have somebody try something that must be refused, and say with which reason it was.

        :param attempt: in words, the person's name first.
        :param expected: the slug of the problem.
        :param call: the method, and the path below the community's own.
        """
        method, path = call
        refusal = self.portal.refused(method, f"{self.portal.community}{path}", body, person, if_match)
        self.note(_judged(attempt, refusal, expected), quietly=True)
        if refusal is not None and refusal.slug in _WITH_REASONS:
            for reason in refusal.reasons[:1]:
                self.terminal.paragraph(reason, sign="   ")

    # --- waiting --------------------------------------------------------------------------------------

    def wait(self, until: str, what: str) -> None:
        """Wait for an instant of the server's clock, and show for what.

        :param what: says what runs until then, as in "{what} for another 5 s".
        """
        end = dt.datetime.fromisoformat(until)
        left = _left(end)
        if left > 0 and not self.terminal.moves:
            self.terminal.paragraph(f"{what} for another {span(left)}.")
        while (left := _left(end)) > 0:
            self.terminal.status(f"  {what} for another {span(left)}")
            time.sleep(min(left, 0.25))
        self.terminal.clear_status()

    # --- ballots --------------------------------------------------------------------------------------

    def cast(self, ballot: Ballot, votes: list[tuple[str, Any]]) -> list[Receipt]:
        """Have members vote, each by name; return their receipts."""
        cast = [(self.members[name], choice) for name, choice in votes]
        with Progress(self.terminal, "Voting", "votes", len(cast)) as progress:
            return self.portal.cast_all(ballot, cast, progress)

    def result(self, ballot: Ballot) -> Any:
        """Read a result that is due by now: the server's clock decides, not ours.

        :raises ServerError: where it does not come.
        """
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while (result := self.portal.result(ballot, self.auditor)) is None:
            if time.monotonic() > deadline:
                raise ServerError(f"the result of ballot {ballot.id} is due, and does not come")
            time.sleep(0.1)
        return result

    def recount(self, ballot: Ballot, receipts: list[Receipt], *, briefly: bool = False) -> None:
        """Have the auditor count a ballot again; ``briefly`` in one line where everything agrees."""
        own = audit(self.terminal, self.portal, ballot, self.auditor, receipts, briefly=briefly)
        self.findings += own.findings
        if briefly:
            return
        recorded = all(self.portal.recorded(receipt) for receipt in receipts)
        detail = "every tracker is known to the public look-up" if recorded else "a tracker is not known"
        self.note(Finding("look-up", recorded, detail))

    def draw_and_recount(self, ballot: Ballot, receipts: list[Receipt]) -> None:
        """Draw a result, then have the auditor count again."""
        draw_result(self.terminal, ballot.names, self.result(ballot))
        self.terminal.line()
        self.say(f"{self.auditor.name} downloads everything and counts again, without the server:")
        self.recount(ballot, receipts)


def _left(end: dt.datetime) -> float:
    return (end - dt.datetime.now(dt.UTC)).total_seconds()


def _judged(attempt: str, refusal: ApiError | None, expected: str) -> Finding:
    """Say that something was refused, as it must be."""
    if refusal is None or refusal.slug != expected:
        detail = f"{attempt}: not refused as {expected}, but {refusal or 'allowed'}."
        return Finding("refusal", agrees=False, detail=detail)
    words = refusal.detail.rstrip(".")
    return Finding("refusal", agrees=True, detail=f"{attempt}: refused ({refusal.status}: {words}).")
