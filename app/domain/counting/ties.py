r"""Ties, broken by a stated rule and written down.

Two orders of the options can decide what no count of votes does:

- :class:`StatedOrder`: an order the ballot published before voting.
- :class:`LotOrder`: a lot drawn from a seed that nobody could know or choose before the close and that
  anyone can use afterwards. For each option the draw is SHA-256 over these bytes, one after the other::

      16 bytes   the ASCII text "althing-tie-lot/"
       2 bytes   the ASCII text "1\n" (the version of this encoding)
       8 bytes   length of the ballot id, unsigned, big-endian
       n bytes   the ballot id in UTF-8
       8 bytes   length of the seed, unsigned, big-endian
       n bytes   the seed
       8 bytes   length of the option id, unsigned, big-endian
       n bytes   the option id in UTF-8

  The lengths make the encoding unambiguous. The option with the smallest draw, compared as 32 bytes, is
  first. RFC 3797 (publicly verifiable random selection) is the precedent.

In both orders the first option is the most favoured: it is elected first and excluded last.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal, TypeVar

Amount = TypeVar("Amount", int, Fraction)
"""A total: in whole units, or an exact fraction where a rule has no unit."""

LOT_PREFIX = b"althing-tie-lot/1\n"

Purpose = Literal["election", "exclusion", "surplus", "order", "finalist", "lock"]
"""What a tie was about: who is elected, who is excluded, whose surplus is transferred first, merely who is
named first of several elected together, who is in a runoff, or who is the last to be beaten."""


@dataclass(frozen=True, slots=True)
class StatedOrder:
    """Ties fall in an order published before voting; ``options`` lists the most favoured first."""

    options: tuple[str, ...]

    @property
    def rule(self) -> Literal["stated_order"]:
        """Return the name under which a result records this rule."""
        return "stated_order"

    @property
    def order(self) -> tuple[str, ...]:
        """Return the options, the most favoured first."""
        return self.options

    def evidence(self, option: str) -> str:
        """Return what places the option: its place in the stated order, counted from 1."""
        return str(self.options.index(option) + 1)

    def to_json(self) -> dict[str, Any]:
        """Return everything needed to apply the rule again."""
        return {"rule": self.rule, "order": list(self.order)}


@dataclass(frozen=True, slots=True)
class LotOrder:
    """Ties fall by a lot that anyone can draw again; see the module's text for the bytes.

    :param ballot_id: the ballot's public identifier.
    :param seed: fixed by something no voter chooses, and unknown before the close; any length.
    :param options: the question's options, in any order.
    """

    ballot_id: str
    seed: bytes
    options: tuple[str, ...]
    _draws: dict[str, bytes] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        draws = {option: lot_draw(self.ballot_id, self.seed, option) for option in self.options}
        object.__setattr__(self, "_draws", draws)

    @property
    def rule(self) -> Literal["lot"]:
        """Return the name under which a result records this rule."""
        return "lot"

    @property
    def order(self) -> tuple[str, ...]:
        """Return the options, the most favoured (smallest draw) first."""
        return tuple(sorted(self.options, key=self._draws.__getitem__))

    def evidence(self, option: str) -> str:
        """Return what places the option: its draw, in hexadecimal."""
        return self._draws[option].hex()

    def to_json(self) -> dict[str, Any]:
        """Return everything needed to draw the lot again."""
        return {
            "rule": self.rule,
            "ballot_id": self.ballot_id,
            "seed": self.seed.hex(),
            "order": list(self.order),
        }


TieOrder = StatedOrder | LotOrder


def lot_draw(ballot_id: str, seed: bytes, option: str) -> bytes:
    """Draw the lot of one option: 32 bytes, computed as the module's text says."""
    fields = (ballot_id.encode(), seed, option.encode())
    framed = b"".join(len(part).to_bytes(8, "big") + part for part in fields)
    return hashlib.sha256(LOT_PREFIX + framed).digest()


@dataclass(frozen=True, slots=True)
class TieStep:
    """One rule tried on a tie: the values it compared and the options still tied after it.

    ``rule`` is ``earlier_round`` (``round`` says which), the name of a :class:`Criterion`, ``stated_order``
    or ``lot``.
    """

    rule: str
    round: int | None
    values: Mapping[str, str]
    left: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the step as JSON."""
        return {
            "rule": self.rule,
            "round": self.round,
            "values": dict(self.values),
            "left": list(self.left),
        }


@dataclass(frozen=True, slots=True)
class Tie:
    """One tie: where it arose, between whom, at which value, and how it was decided.

    ``chosen`` is the option to which ``purpose`` then happened; ``steps`` ends with the rule that decided.
    """

    round: int
    purpose: Purpose
    options: tuple[str, ...]
    value: str
    steps: tuple[TieStep, ...]
    chosen: str

    @property
    def decided_by(self) -> str:
        """Return the name of the rule that decided."""
        return self.steps[-1].rule

    def to_json(self) -> dict[str, Any]:
        """Return the tie as JSON."""
        return {
            "round": self.round,
            "purpose": self.purpose,
            "options": list(self.options),
            "value": self.value,
            "steps": [step.to_json() for step in self.steps],
            "chosen": self.chosen,
            "decided_by": self.decided_by,
        }


@dataclass(frozen=True, slots=True)
class Criterion:
    """A rule of the method's own that may tell tied options apart: whoever has more is favoured.

    :param rule: its name in the record; ``tie.<rule>`` is the template that explains it.
    :param values: what it compares, for at least the tied options.
    """

    rule: str
    values: Mapping[str, int]


def break_tie(
    tie_order: TieOrder,
    tied: Sequence[str],
    *,
    round_number: int,
    purpose: Purpose,
    value: str,
    earlier: Sequence[Mapping[str, Amount]] = (),
    criteria: Sequence[Criterion] = (),
    show: Callable[[Amount], str] = str,
) -> Tie:
    """Choose one of two or more tied options.

    The latest earlier round in which the tied options stood at different totals is looked at first, then the
    one before among those still tied, and so on; then the method's own criteria in the order given; what
    none of these decides, ``tie_order`` does. An exclusion picks the lowest at each step, every other purpose
    the highest.

    :param tied: the tied options, in the question's order.
    :param round_number: the round in which the tie arose, from 1.
    :param value: the total at which they are tied, as the result shows it.
    :param earlier: totals of rounds 1 to ``round_number - 1``; empty where the rule does not look back.
    :param criteria: the method's own rules for this tie, after the earlier rounds.
    :param show: how a total is written in the result.
    """
    left = tuple(tied)
    steps: list[TieStep] = []
    for index in range(len(earlier) - 1, -1, -1):
        remaining = _extreme(left, earlier[index], purpose)
        if len(remaining) < len(left):
            values = {option: show(earlier[index][option]) for option in left}
            steps.append(TieStep("earlier_round", index + 1, values, remaining))
            left = remaining
    for criterion in criteria:
        remaining = _extreme(left, criterion.values, purpose)
        if len(remaining) < len(left):
            values = {option: str(criterion.values[option]) for option in left}
            steps.append(TieStep(criterion.rule, None, values, remaining))
            left = remaining
    if len(left) > 1:
        in_order = [option for option in tie_order.order if option in left]
        chosen = in_order[-1] if purpose == "exclusion" else in_order[0]
        evidence = {option: tie_order.evidence(option) for option in left}
        left = (chosen,)
        steps.append(TieStep(tie_order.rule, None, evidence, left))
    return Tie(round_number, purpose, tuple(tied), value, tuple(steps), left[0])


def _extreme(left: tuple[str, ...], values: Mapping[str, Amount], purpose: Purpose) -> tuple[str, ...]:
    """Return those with the most, or for an exclusion the least."""
    compared = [values[option] for option in left]
    extreme = min(compared) if purpose == "exclusion" else max(compared)
    return tuple(option for option, value in zip(left, compared, strict=True) if value == extreme)
