"""The sample: Fizz, a lemonade, asks its community which flavour comes next and who gets the money."""

from __future__ import annotations

import datetime as dt
import json
import math
import time
from pathlib import Path
from typing import Any

from app.cli.demo.audit import audit, show
from app.cli.demo.client import ApiError
from app.cli.demo.drawing import draw_result
from app.cli.demo.portal import Ballot, Person, Portal
from app.cli.demo.recount import Finding, Receipt
from app.cli.demo.terminal import Progress, Terminal, span

SAMPLE = Path(__file__).parent / "electorate" / "fizz.json"

#: The ballot that closes by its clock stays open at least so long, and longer on a slow machine.
SHORTEST_PERIOD_SECONDS = 6
#: Enrolling somebody takes longer than a vote, so all votes surely arrive within this many times that.
AMPLE = 4


class Story:
    """Tells the sample on one server; each chapter is a method, in order."""

    def __init__(self, terminal: Terminal, portal: Portal) -> None:
        self.terminal = terminal
        self.portal = portal
        self.sample = json.loads(SAMPLE.read_text(encoding="utf-8"))
        self.findings: list[Finding] = []

    def tell(self) -> list[Finding]:
        """Tell it from founding to recount; return everything that was looked at."""
        self._found()
        charity_ballot, charity_receipts = self._charity_vote()
        self._product_vote()
        self._close_by_the_clock(charity_ballot, charity_receipts)
        return self.findings

    def _found(self) -> None:
        terminal, portal, people = self.terminal, self.portal, self.sample["people"]
        terminal.heading(f"1  {self.sample['community']['name']} finds its community")
        self.owner = portal.register(people["founder"])
        portal.found(self.owner, self.sample["community"])
        terminal.paragraph(
            f"{people['founder']} founds it for the brand. That makes her brand owner and gives her no vote: "
            "ownership and membership are separate powers."
        )
        voters = self.sample["members"]
        code = portal.invite(self.owner, "member", len(voters))
        with Progress(terminal, "Enrolling", "members", len(voters)) as progress:
            enrolled = portal.enrol_all([voter["name"] for voter in voters], code, progress)
            self.pace = progress.seconds / len(voters)
        self.members = {person.name: person for person in enrolled}
        terminal.paragraph(f"{len(voters)} people register and join with her invitation.")
        self.steward = self.members[people["steward"]]
        portal.grant(self.owner, self.steward, "steward")
        self.auditor = portal.enrol(people["auditor"], portal.invite(self.owner, "auditor", 1))
        terminal.paragraph(
            f"{people['steward']} becomes their steward; {people['auditor']} joins as auditor, who reads "
            "everything and changes nothing."
        )

    def _charity_vote(self) -> tuple[Ballot, list[Receipt]]:
        """Open the ballot that closes by its clock, and cast its votes at once."""
        terminal, portal, facts = self.terminal, self.portal, self.sample["charity_vote"]
        terminal.heading(f"2  {facts['title']}")
        voters = [voter for voter in self.sample["members"] if voter["charities"]]
        revised = [voter for voter in voters if "charities_at_first" in voter]
        casts = len(voters) + len(revised)
        period = max(SHORTEST_PERIOD_SECONDS, math.ceil(casts * self.pace * AMPLE))
        promise = self.sample["promises"]["charity_vote"]
        ballot = portal.open_ballot(
            self.steward, facts | {"voting_period": f"PT{period}S"}, (self.owner, promise)
        )
        terminal.paragraph(
            f"The charter makes it binding, so {self.owner.name} says first what will follow: "
            f"{promise['undertaking']}"
        )
        terminal.paragraph(
            f"{self.steward.name} opens a charity vote by approval. Its log is sealed until it closes, votes "
            f"can be changed, and its clock closes it after {period} s."
        )
        first = [(self._member(voter), voter["charities_at_first"]) for voter in revised]
        with Progress(terminal, "Voting", "votes", casts) as progress:
            portal.cast_all(ballot, first, progress)
            # One member's votes follow each other; different members' come as they come.
            final = [(self._member(voter), voter["charities"]) for voter in voters]
            receipts = portal.cast_all(ballot, final, progress)
        terminal.paragraph(f"{len(voters)} members vote; {len(revised)} of them change their minds.")
        reader = self._member(voters[0])
        refusal = portal.refused("GET", f"{ballot.path}/log", None, reader)
        self._refusal(f"{reader.name} asks for the log already", refusal, "log-not-disclosed")
        return ballot, receipts

    def _product_vote(self) -> None:
        terminal, portal, facts = self.terminal, self.portal, self.sample["product_vote"]
        terminal.heading(f"3  {facts['title']}")
        promise = self.sample["promises"]["product_vote"]
        ballot = portal.open_ballot(self.steward, facts, (self.owner, promise))
        terminal.paragraph(
            f"Meanwhile {self.steward.name} opens a product vote: everyone ranks the flavours, and instant "
            "runoff finds the one most people can agree on. A vote given stays, so it may close early, once "
            f"all have voted. {self.owner.name} has promised: {promise['undertaking']}"
        )
        votes = [(self._member(voter), voter["flavours"]) for voter in self.sample["members"]]
        with Progress(terminal, "Voting", "votes", len(votes)) as progress:
            receipts = portal.cast_all(ballot, votes, progress)
        voter, choice = votes[0]
        other = {"choice": choice[::-1]}
        refusal = portal.refused("PUT", f"{ballot.path}/votes/me", other, voter)
        self._refusal(f"{voter.name} tries to vote once more, differently", refusal, "already-voted")
        portal.close(ballot, self.steward)
        terminal.paragraph(f"All {len(votes)} have voted, so {self.steward.name} closes it.")
        self._result(ballot, receipts)

    def _close_by_the_clock(self, ballot: Ballot, receipts: list[Receipt]) -> None:
        terminal, portal, facts = self.terminal, self.portal, self.sample["charity_vote"]
        terminal.heading(f"4  {facts['title']} (closed by its clock)")
        closes_at = dt.datetime.fromisoformat(ballot.closes_at)
        left = (closes_at - dt.datetime.now(dt.UTC)).total_seconds()
        if left > 0 and not terminal.moves:
            terminal.paragraph(f"Voting runs for another {span(left)}.")
        while (left := (closes_at - dt.datetime.now(dt.UTC)).total_seconds()) > 0:
            terminal.status(f"  Voting runs for another {span(left)}")
            time.sleep(min(left, 0.25))
        terminal.clear_status()
        while portal.result(ballot, self.auditor) is None:
            time.sleep(0.1)  # the server's clock decides, not ours
        late = next(voter for voter in self.sample["members"] if not voter["charities"])
        body = {"choice": [facts["options"][0]["id"]]}
        refusal = portal.refused("PUT", f"{ballot.path}/votes/me", body, self._member(late))
        self._refusal(f"{late['name']} comes too late", refusal, "ballot-not-open")
        self._result(ballot, receipts)

    def _result(self, ballot: Ballot, receipts: list[Receipt]) -> None:
        """Draw the result, then have the auditor count again."""
        terminal = self.terminal
        draw_result(terminal, ballot.names, self.portal.result(ballot, self.auditor))
        terminal.line()
        terminal.paragraph(f"{self.auditor.name} downloads everything and counts again, without the server:")
        self.findings += audit(terminal, self.portal, ballot, self.auditor, receipts).findings
        recorded = all(self.portal.recorded(receipt) for receipt in receipts)
        detail = "every tracker is known to the public look-up" if recorded else "a tracker is not known"
        self._note(Finding("look-up", recorded, detail))

    def _refusal(self, attempt: str, refusal: ApiError | None, expected: str) -> None:
        """Say that something was refused, as it must be."""
        if refusal is not None and refusal.slug == expected:
            answer = f"refused ({refusal.status}: {refusal.detail.rstrip('.')})"
        else:
            answer = f"not refused as {expected}, but {refusal or 'allowed'}"
        self._note(Finding("refusal", answer.startswith("refused"), f"{attempt}: {answer}."), quietly=True)

    def _note(self, finding: Finding, *, quietly: bool = False) -> None:
        self.findings.append(finding)
        if quietly and finding.agrees:
            self.terminal.paragraph(finding.detail)
        else:
            show(self.terminal, finding)

    def _member(self, voter: dict[str, Any]) -> Person:
        return self.members[voter["name"]]
