"""A double majority in words: what members and tokens each decided, and what follows from both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.counting.explanation import readable
from app.domain.decision import Decision, DualDecision, YesNoFigures

_SIDE = "{for_weight} for and {against_weight} against of {roll}: {outcome}"
_BOTH = "{members}; {tokens}. Both have to pass: {outcome}."


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two tallies.

    :param explanation: its count in words, a text a round.
    :param figures: what was counted.
    """

    explanation: Sequence[str]
    figures: YesNoFigures


def explain(members: Side, tokens: Side, decision: DualDecision) -> list[str]:
    """Explain both counts round by round, then the outcome with both figures."""
    verdict = _BOTH.format(
        members=_verdict(members.figures, "member", decision.members),
        tokens=_verdict(tokens.figures, "token", decision.tokens),
        outcome=decision.outcome,
    )
    return [
        *(f"By members, one vote each. {text}" for text in members.explanation),
        *(f"By tokens. {text}" for text in tokens.explanation),
        verdict,
    ]


def _verdict(figures: YesNoFigures, noun: str, decided: Decision) -> str:
    return _SIDE.format(
        for_weight=readable(str(figures.for_weight)),
        against_weight=readable(str(figures.against_weight)),
        roll=f"{readable(str(figures.roll_weight))} {noun}{'' if figures.roll_weight == 1 else 's'}",
        outcome=decided.outcome,
    )
