"""An election from a BLT file, voted anew: every ballot paper becomes a member who casts it over HTTP."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from app.cli.demo.audit import audit, show
from app.cli.demo.drawing import draw_result
from app.cli.demo.findings import Finding
from app.cli.demo.own_charter import Periods, own_charter
from app.cli.demo.portal import Portal
from app.cli.demo.terminal import Progress, Terminal
from app.domain import counting
from app.domain.interchange.blt import BltBallot, BltElection, read_blt

LONGEST_TITLE = 200
#: What a member's vote and its part in the recount take, in enrolments of a member: for the time left in all.
VOTE_IN_ENROLMENTS = 0.3
#: Receipts that are looked up one by one; the log shows them all anyway.
LOOKED_UP = 20
REASONS_SHOWN = 10


class InvalidElection(Exception):
    """A file whose election cannot be held here; the message says why."""


@dataclass(frozen=True, slots=True)
class Election:
    """An election ready to be held.

    :param choices: one for each member who will vote.
    :param notes: what the voter of a paper ought to know about how it is taken.
    :param refused: papers the method cannot take, with the reason and how many there are of each.
    """

    title: str
    question: counting.Question
    names: Mapping[str, str]
    choices: Sequence[list[Any]]
    notes: Sequence[str] = ()
    refused: Sequence[tuple[str, str, int]] = field(default=())

    @property
    def refused_papers(self) -> int:
        """Return how many papers cannot be cast."""
        return sum(number for _, _, number in self.refused)


def read_election(path: Path) -> Election:
    """Read a BLT file into an election by STV (Scottish rules), or by IRV for a single seat.

    :raises InvalidElection: when it is no BLT, or nobody could be elected by it.
    """
    content = path.read_bytes()
    try:
        text = content.decode()
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    try:
        blt = read_blt(text)
    except ValueError as error:
        raise InvalidElection(f"{path.name} is not BLT: {error}") from None
    standing = [number for number in range(1, len(blt.names) + 1) if number not in blt.withdrawn]
    question = counting.Question(
        method="irv" if blt.seats == 1 else "stv",
        options=tuple(f"c{number}" for number in standing),
        seats=blt.seats,
        settings={"min": 0} if blt.seats == 1 else {"min": 0, "rules": "scottish"},
    )
    try:
        counting.check_question(question)
    except counting.InvalidQuestion as error:
        raise InvalidElection(f"{path.name}: {error}") from None
    choices: list[list[Any]] = []
    refused: list[tuple[str, str, int]] = []
    for ballot in blt.ballots:
        choice = _choice(blt, ballot)
        try:
            counting.canonical(question, choice)
        except counting.InvalidVote as error:
            reason = "; ".join(detail for _, detail in error.errors)
            refused.append((_paper(ballot), reason, ballot.weight))
        else:
            choices += [choice] * ballot.weight
    if not choices:
        raise InvalidElection(f"{path.name} holds no ballot that could be cast")
    return Election(
        title=_line(blt.title) or path.stem,
        question=question,
        names={f"c{number}": _line(blt.names[number - 1]) or f"Candidate {number}" for number in standing},
        choices=choices,
        notes=tuple(_notes(blt, choices)),
        refused=tuple(refused),
    )


def _choice(blt: BltElection, ballot: BltBallot) -> list[Any]:
    """Return a paper as the API takes it: skipped ranks and withdrawn candidates make the next move up."""
    ranks = ([f"c{number}" for number in rank if number not in blt.withdrawn] for rank in ballot.ranks)
    return [rank[0] if len(rank) == 1 else rank for rank in ranks if rank]


def _paper(ballot: BltBallot) -> str:
    return " ".join("=".join(map(str, rank)) if rank else "-" for rank in ballot.ranks)


def _line(text: str) -> str:
    """Return a text as one line that a title may be: nothing in it can move a terminal's cursor."""
    printable = "".join(letter if letter.isprintable() else " " for letter in text).strip()
    return printable if len(printable) <= LONGEST_TITLE else printable[: LONGEST_TITLE - 1].rstrip() + "…"


def _notes(blt: BltElection, choices: Sequence[list[Any]]) -> list[str]:
    notes = []
    if blt.withdrawn:
        names = ", ".join(_line(blt.names[number - 1]) for number in sorted(blt.withdrawn))
        notes.append(f"Withdrawn: {names}. Where a ballot names them, its next preference moves up.")
    if skipped := sum(ballot.weight for ballot in blt.ballots if () in ballot.ranks):
        notes.append(f"{skipped:,} ballots skip a rank: the next preference moves up.")
    if blank := sum(not choice for choice in choices):
        notes.append(f"{blank:,} ballots are blank: they take part and count for nobody.")
    return notes


def hold(terminal: Terminal, portal: Portal, election: Election) -> tuple[list[Finding], Mapping[str, Any]]:
    """Hold an election over HTTP, draw its result and have it recounted.

    :return: everything that was looked at, and the certified result.
    """
    _introduce(terminal, election)
    owner = portal.register("Returning officer")
    shipped = portal.template("small_brand")["charter"]
    charter = own_charter(shipped, "Charter of an electorate", Periods())
    facts = {"slug": "electorate", "name": election.title, "open_joining": True, "charter": charter}
    portal.found(owner, facts)
    auditor = portal.enrol("Auditor", portal.invite(owner, "auditor", 1))

    number = len(election.choices)
    names = [f"Voter {place}" for place in range(1, number + 1)]
    beyond = round(number * VOTE_IN_ENROLMENTS)
    with Progress(terminal, "Enrolling", "members", number, beyond=beyond) as progress:
        voters = portal.enrol_all(names, None, progress)
        enrolling = progress.seconds
    terminal.paragraph(f"{number:,} members registered and joined in {enrolling:.1f} s.")

    ballot = portal.open_ballot(owner, _draft(election))
    votes = list(zip(voters, election.choices, strict=True))
    with Progress(terminal, "Voting", "votes", number) as progress:
        receipts = portal.cast_all(ballot, votes, progress)
        voting = progress.seconds
    terminal.paragraph(f"Each of them cast their ballot: {number:,} votes in {voting:.1f} s.")
    portal.close(ballot, owner)
    result = portal.result(ballot, owner)
    draw_result(terminal, ballot.names, result)

    terminal.heading("Counted again, without the server")
    findings = list(audit(terminal, portal, ballot, auditor, receipts).findings)
    looked_up = receipts[:LOOKED_UP]
    recorded = all(portal.recorded(receipt) for receipt in looked_up)
    detail = f"{len(looked_up)} trackers are {'' if recorded else 'not all '}known to the public look-up"
    findings.append(Finding("look-up", recorded, detail))
    show(terminal, findings[-1])
    return findings, result


def _introduce(terminal: Terminal, election: Election) -> None:
    question = election.question
    method = "instant runoff" if question.method == "irv" else "single transferable vote, Scottish rules"
    terminal.heading(election.title)
    terminal.paragraph(
        f"{len(election.choices):,} ballots, {len(question.options)} candidates, {question.seats} to elect by "
        f"{method}. Each ballot's voter registers, joins and votes with a token of their own."
    )
    for note in election.notes:
        terminal.paragraph(note)
    if election.refused:
        terminal.paragraph(
            f"{election.refused_papers:,} ballots of the file cannot be cast by this method, and are not:",
            sign="✘",
            fg="red",
        )
        for paper, reason, number in election.refused[:REASONS_SHOWN]:
            terminal.paragraph(f"{number:,} x {paper}: {reason}", sign="   ")
        if len(election.refused) > REASONS_SHOWN:
            terminal.paragraph(f"and {len(election.refused) - REASONS_SHOWN:,} more kinds", sign="   ")


def _draft(election: Election) -> dict[str, Any]:
    question = election.question
    return {
        "kind": "general",
        "title": election.title,
        "method": question.method,
        "seats": question.seats,
        "settings": dict(question.settings),
        "options": [{"id": option, "title": election.names[option]} for option in question.options],
        "secrecy": "sealed",
        "disclosure": "pseudonymous",
        "vote_change": False,
        "early_close": True,
        "voting_period": "P1D",
    }


def compare_with_declaration(path: Path, result: Mapping[str, Any]) -> list[Finding]:
    """Compare a result with the official declaration beside the BLT file, if there is one.

    :param path: of the BLT file; the declaration has the same name and ends in ``.json``: ``elected`` lists
        candidates by number with the stage at which they were elected, ``stages`` every candidate's total.
    :return: nothing without a declaration.
    """
    companion = path.with_suffix(".json")
    if companion == path or not companion.exists():
        return []
    try:
        official = json.loads(companion.read_text(encoding="utf-8"))
        declared = {f"c{one['candidate']}": one["stage"] for one in official["elected"]}
        stages = [[Decimal(total) for total in stage] for stage in official["stages"]]
        exact = official["stage_totals_published_to_five_decimals"]
    except (ValueError, KeyError, TypeError, ArithmeticError):
        return [Finding("declaration", None, f"{companion.name} is no declaration that could be compared")]
    if set(declared) != set(result["winners"]):
        detail = f"declared elected were {', '.join(declared)}, here it is {', '.join(result['winners'])}"
        return [Finding("declaration", agrees=False, detail=detail)]
    rounds = result["count"]["rounds"]
    own = {option: counted["number"] for counted in rounds for option in counted["elected"]}
    same = own == declared
    detail = (
        f"elects the {len(declared)} officially declared, {'each' if same else 'not each'} at their stage"
    )
    findings = [Finding("declaration", same, detail)]
    tolerance = Decimal(0) if exact else Decimal("0.01")
    differ = len(rounds) != len(stages) or any(
        abs(Decimal(counted["totals"].get(f"c{number}", "0")) - total) > tolerance
        for counted, stage in zip(rounds, stages, strict=False)
        for number, total in enumerate(stage, 1)
    )
    how = "to the last digit" if exact else "to the two decimals published"
    said = "differ from" if differ else "equal"
    detail = f"all totals at all {len(stages)} stages {said} those declared, {how}"
    return [*findings, Finding("stages", not differ, detail)]
