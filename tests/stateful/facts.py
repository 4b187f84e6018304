"""What the model knows: people, ballots, proposals, debts and charter versions, as plain facts."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

Document = dict[str, Any]
Moment = dt.datetime

ROLES: dict[str, frozenset[str]] = {
    "ann": frozenset({"member"}),
    "bob": frozenset({"member"}),
    "cat": frozenset({"member"}),
    "dan": frozenset({"member", "steward"}),
    "sue": frozenset({"steward"}),
    "own": frozenset({"brand_owner"}),
    "aud": frozenset({"auditor"}),
    "out": frozenset(),
    "late": frozenset(),
}
#: In which order a role is named where several would do.
PRECEDENCE = ("member", "steward", "brand_owner", "auditor")


class Refused(Exception):
    """The model's word that something is refused, for any one of some reasons."""

    def __init__(self, *slugs: str) -> None:
        super().__init__(*slugs)
        self.slugs = frozenset(slugs)


class WouldDo(Exception):
    """Raised in place of doing something, by a model that is only asked whether it would be done."""


@dataclass
class Version:
    """A version of the charter."""

    number: int
    charter: Document
    since: Moment
    proposal: str | None


@dataclass
class Ballot:
    """A vote for or against, with the rules and the roll it was opened with."""

    opened: Moment
    closes: Moment
    roll: frozenset[str]
    quorum: Document | None
    threshold: Document
    vote_change: bool
    extension: dt.timedelta | None = None
    extended: bool = False
    votes: dict[str, str] = field(default_factory=dict)
    id: str = ""

    def reaches_quorum(self) -> bool:
        """Say whether enough people took part so far."""
        if self.quorum is None:
            return True
        return Fraction(len(self.votes), len(self.roll)) >= Fraction(self.quorum["ratio"])

    def outcome(self) -> str:
        """Return what the votes decide."""
        if not self.reaches_quorum():
            return "inquorate"
        pro, con = (list(self.votes.values()).count(choice) for choice in ("for", "against"))
        if not pro:
            return "rejected"
        share, asked = Fraction(pro, pro + con), Fraction(self.threshold["ratio"])
        passed = share > asked if self.threshold["strict"] else share >= asked
        return "passed" if passed else "rejected"


@dataclass
class Veto:
    """The brand's veto of one text, and when it can be overridden."""

    by: str
    at: Moment
    type: str
    ground: str
    absolute: bool
    since: Moment | None
    until: Moment | None
    overridden_at: Moment | None = None


@dataclass
class Suggestion:
    """Another text for a proposal."""

    by: str
    text: int
    verdict: str | None = None
    id: str = ""


@dataclass
class Round:
    """Evidence, and what members said of it last."""

    at: Moment
    words: dict[str, str] = field(default_factory=dict)


@dataclass
class Milestone:
    """A promise."""

    since: Moment
    due: Moment
    rounds: list[Round] = field(default_factory=list)
    id: str = ""


@dataclass
class Obligation:
    """What the brand owes after a decision."""

    proposal: Proposal
    level: str
    since: Moment
    due: Moment
    grounds: list[str]
    delivery: Document
    milestones: list[Milestone] = field(default_factory=list)
    answers: list[tuple[str, Moment]] = field(default_factory=list)
    concluded: Moment | None = None
    id: str = ""


@dataclass
class Proposal:
    """A proposal with all that it went through; ``history``: (action, source, target, role, at)."""

    author: str
    type: str
    operations: list[Document] | None
    matters: list[str]
    state: str
    since: Moment
    due: Moment | None = None
    text: int = 1
    submitted: bool = False
    sponsors: set[str] = field(default_factory=set)
    base: int | None = None
    basis: list[Any] = field(default_factory=list)
    discussed: Moment | None = None
    precommitments: list[Document] = field(default_factory=list)
    suggestions: list[Suggestion] = field(default_factory=list)
    rule: Document | None = None
    frozen: Version | None = None
    ballot: Ballot | None = None
    override: Ballot | None = None
    outcome: str | None = None
    decided: Moment | None = None
    veto_ends: Moment | None = None
    vetoes: dict[int, Veto] = field(default_factory=dict)
    overridden: Moment | None = None
    consents: dict[tuple[int, str], str] = field(default_factory=dict)
    stale: str | None = None
    enacted: Moment | None = None
    enacted_version: int | None = None
    obligation: Obligation | None = None
    history: list[tuple[str, str | None, str, str | None, Moment]] = field(default_factory=list)
    id: str = ""

    @property
    def kind(self) -> str:
        """Return which sort of decision type it needs."""
        return "proposal" if self.operations is None else "amendment"
