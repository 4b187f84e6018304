"""The auditor's part: download, count again, compare, and show that a forged log is caught."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import replace

from app.cli.demo.ballot_log import with_one_vote_changed
from app.cli.demo.findings import Finding
from app.cli.demo.portal import Ballot, Person, Portal
from app.cli.demo.recount import Download, Evidence, Receipt, Recount, recount
from app.cli.demo.terminal import Terminal
from app.domain.evidence.ballot_log import read_csv, write_csv, write_json_lines

_SUBJECT = 14


def audit(
    terminal: Terminal,
    portal: Portal,
    ballot: Ballot,
    auditor: Person,
    receipts: Sequence[Receipt],
    *,
    briefly: bool = False,
) -> Recount:
    """Recount a ballot outside the server, and say what was found.

    :param briefly: say in one line that everything agrees, where it does.
    :return: the recount; it disagrees also where the forged control was not caught.
    """
    terminal.status("  Downloading the logs as the auditor")
    evidence = portal.evidence(ballot, auditor, receipts)
    terminal.status("  Counting again")
    own = recount(evidence)
    terminal.clear_status()
    whole = replace(own, findings=(*own.findings, _control(evidence)))
    if briefly and whole.agrees:
        show(terminal, _summary(whole, len(receipts), auditor.name))
    else:
        for finding in whole.findings:
            show(terminal, finding)
    return whole


def _summary(recount: Recount, voters: int, auditor: str) -> Finding:
    looked_at = [finding.subject for finding in recount.findings if finding.agrees]
    detail = (
        f"{auditor} counts again, without the server: all {len(looked_at)} checks agree, from the {looked_at[0]} "
        f"over the receipts of {voters:,} voters to a forged copy that is caught"
    )
    return Finding("recount", agrees=True, detail=detail)


def show(terminal: Terminal, finding: Finding) -> None:
    """Write one finding."""
    sign, colour = {True: ("✔", "green"), False: ("✘", "red"), None: ("-", "yellow")}[finding.agrees]
    terminal.paragraph(finding.detail, sign=f"{sign} {finding.subject:{_SUBJECT}}", fg=colour)


def forged(evidence: Evidence) -> Evidence:
    """Return the evidence with one vote changed in both logs, and every digest a forger can reach made to fit.

    :raises ValueError: for evidence whose log cannot be read, or holds no vote that counts.
    """
    casts = read_csv(evidence.log_csv.content)
    options = evidence.result["count"]["options"]
    changed = with_one_vote_changed(evidence.ballot["id"], casts, options)
    return replace(
        evidence,
        log_csv=_promised(write_csv(changed)),
        log_json_lines=_promised(write_json_lines(changed)),
    )


def _promised(content: bytes) -> Download:
    digest = b64encode(hashlib.sha256(content).digest()).decode()
    return Download(content, f"sha-256=:{digest}:")


def _control(evidence: Evidence) -> Finding:
    """Change one vote in a copy of the log: a recount that still agreed would be worth nothing."""
    try:
        caught = [finding.subject for finding in recount(forged(evidence)).disagreements]
    except ValueError as reason:
        return Finding("control", None, str(reason))
    if not caught:
        return Finding("control", agrees=False, detail="one vote was changed in a copy of the log, unnoticed")
    said = f"one vote changed in a copy of the log, its digest made to fit: caught by {', '.join(caught)}"
    return Finding("control", agrees=True, detail=said)
