"""From sums to an outcome: quorum, threshold, minimum approval, rejection quorum, double majority.

Notation: F, A, B are the weight for, against and abstaining, N the weight of the electoral roll; n people
stand on the roll and p of them cast a valid vote. Every comparison is of integers, by cross-multiplication:
x reaches a/b of y when ``y > 0 and x * b >= a * y`` (strictly: ``>``). A share of nothing never passes.

Order of verdicts: rejection quorum, quorum, threshold, minimum approval. Passing needs F > 0.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import total_ordering
from math import gcd
from typing import Any, Literal

_FRACTION = re.compile(r"(0|[1-9][0-9]{0,17})/([1-9][0-9]{0,17})", re.ASCII)
_DECIMAL = re.compile(r"(0|1)(?:\.([0-9]{1,18}))?", re.ASCII)


@total_ordering
@dataclass(frozen=True, slots=True)
class Ratio:
    """An exact ratio from 0 to 1 in lowest terms; build it with :meth:`parse`."""

    numerator: int
    denominator: int

    def __post_init__(self) -> None:
        if not 0 <= self.numerator <= self.denominator or gcd(self.numerator, self.denominator) != 1:
            raise ValueError("a ratio lies between 0 and 1, in lowest terms")

    @classmethod
    def parse(cls, text: object) -> Ratio:
        """Read ``"2/3"``, ``"0.15"`` or ``"1"``: at most 18 digits each, nothing else around them.

        :raises ValueError: for anything else, floats and integers included, and for ratios above 1.
        """
        if isinstance(text, str) and (match := _FRACTION.fullmatch(text)):
            numerator, denominator = int(match[1]), int(match[2])
        elif isinstance(text, str) and (match := _DECIMAL.fullmatch(text)):
            decimals = match[2] or ""
            numerator, denominator = int(match[1] + decimals), 10 ** len(decimals)
        else:
            raise ValueError('a ratio is a text such as "2/3" or "0.15"')
        if numerator > denominator:
            raise ValueError("a ratio is at most 1")
        divisor = gcd(numerator, denominator)
        return cls(numerator // divisor, denominator // divisor)

    def reached_by(self, part: int, whole: int, *, strict: bool = False) -> bool:
        """Say whether ``part`` is at least (strictly: more than) this ratio of ``whole``; never of 0."""
        if whole <= 0:
            return False
        left, right = part * self.denominator, self.numerator * whole
        return left > right if strict else left >= right

    def __lt__(self, other: Ratio) -> bool:
        return self.numerator * other.denominator < other.numerator * self.denominator

    def __str__(self) -> str:
        return f"{self.numerator}/{self.denominator}"


@dataclass(frozen=True, slots=True)
class YesNoFigures:
    """What was counted in a for/against/abstain ballot. Weights and heads are integers of 0 or more.

    :param for_weight: F.
    :param against_weight: A.
    :param abstain_weight: B.
    :param roll_weight: N; F + A + B never exceeds it.
    :param participants: p.
    :param members: n; p never exceeds it.
    """

    for_weight: int
    against_weight: int
    abstain_weight: int
    roll_weight: int
    participants: int
    members: int

    def __post_init__(self) -> None:
        _check_figures(self, self.cast_weight)

    @property
    def cast_weight(self) -> int:
        """Return F + A + B."""
        return self.for_weight + self.against_weight + self.abstain_weight


@dataclass(frozen=True, slots=True)
class ChoiceFigures:
    """What was counted in a ballot between options, by any method.

    :param valid_weight: weight of the votes that express a choice.
    :param blank_weight: weight of the blank votes; they take part and choose nothing.
    :param roll_weight: N.
    :param participants: people who cast a vote, blank ones included.
    :param members: n.
    """

    valid_weight: int
    blank_weight: int
    roll_weight: int
    participants: int
    members: int

    def __post_init__(self) -> None:
        _check_figures(self, self.cast_weight)

    @property
    def cast_weight(self) -> int:
        """Return the weight of all votes, blank ones included."""
        return self.valid_weight + self.blank_weight


def _check_figures(figures: YesNoFigures | ChoiceFigures, cast: int) -> None:
    values = [getattr(figures, name) for name in figures.__slots__]
    if any(type(value) is not int or value < 0 for value in values):
        raise ValueError("figures are integers of 0 or more")
    if cast > figures.roll_weight or figures.participants > figures.members:
        raise ValueError("more was cast than the electoral roll holds")


@dataclass(frozen=True, slots=True)
class Quorum:
    """How much must take part: a ratio of the roll, or a count; exactly one of the two.

    ``participants`` counts people (p of n), ``for_plus_abstain`` weight without the votes against
    (F + B of N), ``weight`` all weight cast (F + A + B of N).
    """

    base: Literal["participants", "for_plus_abstain", "weight"]
    ratio: Ratio | None = None
    count: int | None = None

    def __post_init__(self) -> None:
        if (self.ratio is None) == (self.count is None):
            raise ValueError("a quorum is either a ratio or a count")
        if self.count is not None and (type(self.count) is not int or self.count < 1):
            raise ValueError("the count of a quorum is an integer of at least 1")


@dataclass(frozen=True, slots=True)
class Threshold:
    """What share must be for: of ``for_plus_against`` (F + A), ``cast`` (F + A + B), ``electorate`` (N)."""

    ratio: Ratio
    strict: bool = False
    of: Literal["for_plus_against", "cast", "electorate"] = "for_plus_against"


@dataclass(frozen=True, slots=True)
class DecisionRules:
    """The part of a decision type that turns figures into an outcome.

    ``threshold`` is required for yes_no; a ballot between options takes a quorum (of base ``participants`` or
    ``weight``) and nothing else. ``min_approval`` and ``rejection_quorum`` are shares of N: F must reach the
    one, and A reaching the other rejects whatever else holds.
    """

    quorum: Quorum | None = None
    threshold: Threshold | None = None
    min_approval: Ratio | None = None
    rejection_quorum: Ratio | None = None

    def problem(self, *, choice: bool) -> str | None:
        """Say why these rules cannot decide a ballot between options (``choice``) or yes_no, or None."""
        if not choice:
            return "a yes_no decision needs a threshold" if self.threshold is None else None
        if self.threshold or self.min_approval or self.rejection_quorum:
            return "threshold, min_approval and rejection_quorum need votes for and against"
        if self.quorum and self.quorum.base == "for_plus_abstain":
            return "a quorum of for_plus_abstain needs votes for and abstaining"
        return None


Outcome = Literal["passed", "rejected", "inquorate", "decided"]
Rule = Literal["rejection_quorum", "quorum", "some_support", "threshold", "min_approval"]


@dataclass(frozen=True, slots=True)
class Step:
    """One comparison with its exact figures: ``part`` against a ratio of ``whole``, or against a count.

    :param rule: the rule that asked.
    :param of: what ``whole`` is, for example ``electorate`` or ``for_plus_against``.
    :param required: the ratio as text, or the count.
    :param comparison: ``>=`` or ``>``.
    :param met: whether it holds; for a rejection quorum, holding is what rejects.
    :param decisive: whether this step gave the outcome.
    """

    rule: Rule
    of: str
    part: int
    whole: int
    required: str
    comparison: Literal[">=", ">"]
    met: bool
    decisive: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return the step as JSON, weights as exact text."""
        return {
            "rule": self.rule,
            "of": self.of,
            "part": str(self.part),
            "whole": str(self.whole),
            "required": self.required,
            "comparison": self.comparison,
            "met": self.met,
            "decisive": self.decisive,
        }


@dataclass(frozen=True, slots=True)
class Decision:
    """The outcome and every comparison behind it, in the order of verdicts; those after it are shown too."""

    outcome: Outcome
    steps: tuple[Step, ...]

    @property
    def decided_by(self) -> Rule | None:
        """Return the rule that gave the outcome; None when it passed, which takes all of them."""
        return next((step.rule for step in self.steps if step.decisive), None)

    def to_json(self) -> dict[str, Any]:
        """Return the decision as JSON."""
        return {
            "outcome": self.outcome,
            "decided_by": self.decided_by,
            "steps": [step.to_json() for step in self.steps],
        }


@dataclass(frozen=True, slots=True)
class DualDecision:
    """The outcome of a double majority, and the decision of each tally."""

    outcome: Outcome
    members: Decision
    tokens: Decision

    def to_json(self) -> dict[str, Any]:
        """Return both decisions as JSON."""
        return {
            "outcome": self.outcome,
            "members": self.members.to_json(),
            "tokens": self.tokens.to_json(),
        }


def decide(figures: YesNoFigures | ChoiceFigures, rules: DecisionRules) -> Decision:
    """Decide a ballot.

    The outcome is ``passed``, ``rejected`` or ``inquorate`` for yes_no, ``decided`` or ``inquorate`` for a
    choice. A ballot between options in which nobody expressed a choice is inquorate whatever the rules say:
    there is no decision to carry out.

    :raises ValueError: for rules that cannot decide this kind of ballot (:meth:`DecisionRules.problem`).
    """
    choice = isinstance(figures, ChoiceFigures)
    if problem := rules.problem(choice=choice):
        raise ValueError(problem)
    steps: list[Step] = []
    outcome: Outcome = "decided" if choice else "passed"
    settled = False
    for step in _steps(figures, rules):
        failed = step.met if step.rule == "rejection_quorum" else not step.met
        if failed and not settled:
            settled = True
            outcome = "inquorate" if choice or step.rule == "quorum" else "rejected"
            steps.append(replace(step, decisive=True))
        else:
            steps.append(step)
    return Decision(outcome, tuple(steps))


def decide_dual(
    members: tuple[YesNoFigures, DecisionRules], tokens: tuple[YesNoFigures, DecisionRules]
) -> DualDecision:
    """Decide a double majority: passed if and only if both tallies pass, each under its own rules.

    Otherwise the order of verdicts holds across both: a rejection quorum reached in either rejects, then a
    quorum missed in either makes it inquorate, then it is rejected.
    """
    both = (decide(*members), decide(*tokens))
    outcome: Outcome = "passed"
    if any(decision.decided_by == "rejection_quorum" for decision in both):
        outcome = "rejected"
    elif any(decision.outcome == "inquorate" for decision in both):
        outcome = "inquorate"
    elif any(decision.outcome == "rejected" for decision in both):
        outcome = "rejected"
    return DualDecision(outcome, *both)


def settled_early(figures: YesNoFigures, rules: DecisionRules) -> Literal["passes", "fails"] | None:
    """Say whether the votes still to come can no longer change if it passes; None while they can.

    Sound only where votes cannot be changed and no delegation is open, because both move weight already
    counted. It passes when it would with all remaining weight against, while quorum and minimum approval hold
    already without that weight. It fails when it would not pass with all remaining weight for and everyone
    taking part; whether that is rejected or inquorate, :func:`decide` says at the close.

    :raises ValueError: as :func:`decide`.
    """
    remaining = figures.roll_weight - figures.cast_weight
    worst = replace(figures, against_weight=figures.against_weight + remaining)
    if decide(figures, rules).outcome == decide(worst, rules).outcome == "passed":
        return "passes"
    best = replace(figures, for_weight=figures.for_weight + remaining, participants=figures.members)
    return None if decide(best, rules).outcome == "passed" else "fails"


def _steps(figures: YesNoFigures | ChoiceFigures, rules: DecisionRules) -> Iterator[Step]:
    electorate = figures.roll_weight
    if isinstance(figures, ChoiceFigures):
        if rules.quorum:
            yield _quorum(rules.quorum, figures, counted=figures.cast_weight)
        yield _some_support(figures.valid_weight, figures.cast_weight)
        return
    f, a, b = figures.for_weight, figures.against_weight, figures.abstain_weight
    if rules.rejection_quorum:
        yield _share("rejection_quorum", "electorate", a, electorate, rules.rejection_quorum)
    if rules.quorum:
        counted = f + b if rules.quorum.base == "for_plus_abstain" else f + a + b
        yield _quorum(rules.quorum, figures, counted=counted)
    yield _some_support(f, f + a + b)
    if threshold := rules.threshold:
        wholes = {"for_plus_against": f + a, "cast": f + a + b, "electorate": electorate}
        whole = wholes[threshold.of]
        yield _share("threshold", threshold.of, f, whole, threshold.ratio, strict=threshold.strict)
    if rules.min_approval:
        yield _share("min_approval", "electorate", f, electorate, rules.min_approval)


def _quorum(quorum: Quorum, figures: YesNoFigures | ChoiceFigures, *, counted: int) -> Step:
    people = quorum.base == "participants"
    part = figures.participants if people else counted
    whole = figures.members if people else figures.roll_weight
    of = "members" if people else "electorate"
    if quorum.ratio is not None:
        return _share("quorum", of, part, whole, quorum.ratio)
    required = quorum.count or 0
    return Step("quorum", of, part, whole, str(required), ">=", part >= required)


def _share(rule: Rule, of: str, part: int, whole: int, ratio: Ratio, *, strict: bool = False) -> Step:
    met = ratio.reached_by(part, whole, strict=strict)
    return Step(rule, of, part, whole, str(ratio), ">" if strict else ">=", met)


def _some_support(part: int, whole: int) -> Step:
    return Step("some_support", "cast", part, whole, "0", ">", part > 0)
