"""What a count reports: rounds, ties, figures and the statements that explain them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.domain.counting.ties import Tie, TieOrder

Table = Mapping[str, Mapping[str, str]]
"""Row to column to exact text."""

Value = str | tuple[str, ...] | Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing said about a count, before it is put into words.

    :param key: names a template in the explanation.
    :param values: what the template speaks of: option ids, numbers as exact text, lists or maps of them.
    """

    key: str
    values: Mapping[str, Value] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the statement as JSON."""
        return {"key": self.key, "values": {name: _plain(value) for name, value in self.values.items()}}


def _plain(value: Value) -> str | list[str] | dict[str, str]:
    if isinstance(value, str):
        return value
    return list(value) if isinstance(value, tuple) else dict(value)


@dataclass(frozen=True, slots=True)
class TransferValue:
    """What one vote was worth when the option received it, and when it was passed on; and how many such."""

    received_at: str
    passed_on_at: str
    weight: str


@dataclass(frozen=True, slots=True)
class Round:
    """One round, or stage: what was done, and how everyone stood after it. All amounts are exact text.

    :param number: from 1.
    :param action: what was done, for example ``first_preferences``, ``exclusion``, ``surplus``, ``count``.
    :param totals: every option's total after the action, in the question's order.
    :param subject: the option whose votes were moved, if any.
    :param transfers: what each option received from the subject, in the question's order; only who did.
    :param transfer_values: the values at which the subject's votes were passed on.
    :param non_transferable: what no option could receive in this round.
    :param exhausted: what no option could receive so far.
    :param rounding_loss: what rounding has lost so far; totals + exhausted + loss is constant.
    :param figures: further numbers of the method, for example the surplus.
    :param elected: elected at the end of this round, in order of election.
    :param excluded: excluded by the action of this round.
    :param ties: ties broken to arrive at the action or the order of election.
    :param statements: what the explanation says of the round.
    """

    number: int
    action: str
    totals: Mapping[str, str]
    subject: str | None = None
    transfers: Mapping[str, str] = field(default_factory=dict)
    transfer_values: tuple[TransferValue, ...] = ()
    non_transferable: str = "0"
    exhausted: str = "0"
    rounding_loss: str = "0"
    figures: Mapping[str, str] = field(default_factory=dict)
    elected: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    ties: tuple[Tie, ...] = ()
    statements: tuple[Statement, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the round as JSON; every round of every method has the same members."""
        return {
            "number": self.number,
            "action": self.action,
            "subject": self.subject,
            "totals": dict(self.totals),
            "transfers": dict(self.transfers),
            "transfer_values": [
                {
                    "received_at": value.received_at,
                    "passed_on_at": value.passed_on_at,
                    "weight": value.weight,
                }
                for value in self.transfer_values
            ],
            "non_transferable": self.non_transferable,
            "exhausted": self.exhausted,
            "rounding_loss": self.rounding_loss,
            "figures": dict(self.figures),
            "elected": list(self.elected),
            "excluded": list(self.excluded),
            "ties": [tie.to_json() for tie in self.ties],
            "statements": [statement.to_json() for statement in self.statements],
        }


@dataclass(frozen=True, slots=True)
class Tally:
    """What a method's counting function returns; the registry adds the rest of the :class:`CountResult`.

    :param winners: options elected, in order of election; empty where nobody could be.
    :param totals: each option's (or answer's) final or deciding total, in the question's order.
    :param rounds: every step on the way.
    :param figures: further numbers of the whole count, for example the quota.
    :param allocation: what each option is given, for methods that divide something; else None.
    :param tables: tables of the whole count by name, for example ``pairwise``: option, other option, weight
        of the votes that prefer the one to the other.
    :param summary: what the explanation says of the whole, after the rounds.
    """

    winners: tuple[str, ...]
    totals: Mapping[str, str]
    rounds: tuple[Round, ...] = ()
    figures: Mapping[str, str] = field(default_factory=dict)
    allocation: Mapping[str, str] | None = None
    tables: Mapping[str, Table] = field(default_factory=dict)
    summary: tuple[Statement, ...] = ()


@dataclass(frozen=True, slots=True)
class CountResult:
    """A finished count, with everything needed to check and repeat it.

    ``version`` changes whenever the rule's outcome could. ``settings`` are complete, defaults included.
    ``valid`` is the weight of the votes that express a choice, ``blank`` of those that do not; all other
    members are those of :class:`Tally`, and ``input_digest`` is :func:`input_digest` of the counted votes.
    """

    method: str
    version: str
    rule: str
    options: tuple[str, ...]
    seats: int
    settings: Mapping[str, Any]
    winners: tuple[str, ...]
    allocation: Mapping[str, str] | None
    totals: Mapping[str, str]
    valid: str
    blank: str
    figures: Mapping[str, str]
    tables: Mapping[str, Table]
    rounds: tuple[Round, ...]
    summary: tuple[Statement, ...]
    tie_order: TieOrder
    input_digest: str

    @property
    def ties(self) -> tuple[Tie, ...]:
        """Return every tie broken, in the order of the rounds."""
        return tuple(tie for counted in self.rounds for tie in counted.ties)

    def to_json(self) -> dict[str, Any]:
        """Return the result as JSON: integers for seats and rounds, exact text for every amount.

        The same votes give an equal value with members in the same order, whatever the order of the input
        and the interpreter's hash seed.
        """
        return {
            "method": self.method,
            "version": self.version,
            "rule": self.rule,
            "options": list(self.options),
            "seats": self.seats,
            "settings": dict(self.settings),
            "winners": list(self.winners),
            "allocation": None if self.allocation is None else dict(self.allocation),
            "totals": dict(self.totals),
            "valid": self.valid,
            "blank": self.blank,
            "figures": dict(self.figures),
            "tables": {
                name: {row: dict(columns) for row, columns in table.items()}
                for name, table in self.tables.items()
            },
            "rounds": [counted.to_json() for counted in self.rounds],
            "summary": [statement.to_json() for statement in self.summary],
            "tie_order": self.tie_order.to_json(),
            "input_digest": self.input_digest,
        }


def input_digest(ballots: Mapping[str, int]) -> str:
    """Digest the counted votes: SHA-256, in hexadecimal, over one line a distinct ballot text.

    A line is the canonical text, a space, the total weight in decimal and a line feed; lines are sorted by
    their bytes. No character of a canonical text sorts before the space, so sorting texts sorts lines.
    """
    digest = hashlib.sha256()
    for text in sorted(ballots):
        digest.update(f"{text} {ballots[text]}\n".encode())
    return digest.hexdigest()


def tie_statements(tie: Tie, *, opening: str | None = None) -> tuple[Statement, ...]:
    """Say that options were tied and what each rule tried made of it.

    :param opening: the template that says what they were tied on, where ``tie.<purpose>`` does not fit.
    """
    said = Statement(opening or f"tie.{tie.purpose}", {"options": tie.options, "value": tie.value})
    steps = tuple(
        Statement(
            f"tie.{step.rule}",
            {"round": str(step.round or ""), "values": step.values, "chosen": tie.chosen, "left": step.left},
        )
        for step in tie.steps
    )
    return (said, *steps)
