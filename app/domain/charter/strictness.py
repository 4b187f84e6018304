"""Whether one decision type is at least as strict as another, field by field.

A rule may be changed only under a rule that is no weaker (entrenchment). "No weaker" is decided for every field
by itself and by proof: whatever a rule lets pass, the other would have let pass too. What cannot be proved counts
as weaker. Each comparison is reflexive and transitive, and so is :func:`weaker_parts` being empty.

What is compared is how much assent a decision takes and how long people have to give or refuse it. So these are
not: who may put the question (``opened_by``), deadlines within which support must come together
(``sponsoring_period``, ``call_within``), how votes are shown and ties broken (``secrecy``, ``disclosure``,
``vote_change``, ``tie_rule``), an end once nothing can change any more (``early_close``), more time after a late
quorum (``late_quorum_extension``), and what the brand owes afterwards (``binding_level``, ``answer_within``,
``precommitment_within``).

A field left open to whoever drafts the ballot counts as the weakest it could be.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

from app.domain.charter.decision_type import DecisionType, OverrideRule, VetoRule
from app.domain.charter.words import Weighting
from app.domain.decision import Quorum, Ratio, Threshold
from app.domain.durations import format_duration

_NOTHING = dt.timedelta()
#: At equal ratios each takes more than those before it: F + A <= F + A + B <= N.
_OF = ("for_plus_against", "cast", "electorate")


def weaker_parts(rule: DecisionType, than: DecisionType) -> list[str]:
    """Say in sentences in which fields ``rule`` is weaker than another type, or cannot be compared with it.

    :return: one sentence a field, none when ``rule`` is at least as strict as ``than``.
    """
    return list(_weaker(_weakest(rule), _weakest(than)))


def at_least_as_strict(rule: DecisionType, than: DecisionType) -> bool:
    """Say whether ``rule`` is at least as strict as ``than`` in every field."""
    return next(_weaker(_weakest(rule), _weakest(than)), None) is None


def _weaker(rule: DecisionType, than: DecisionType) -> Iterator[str]:
    if "weighting" not in than.left_open and (
        "weighting" in rule.left_open or rule.weighting is not than.weighting
    ):
        yield f"its votes are not weighted by {than.weighting.value}"
    if not threshold_is_at_least(rule.threshold, than.threshold):
        yield f"its threshold, {_threshold(rule.threshold)}, is not as strict as {_threshold(than.threshold)}"
    if not quorum_is_at_least(rule.quorum, than.quorum, heads_are_weight=_one_each(rule)):
        yield f"its quorum, {_quorum(rule.quorum)}, is not as strict as {_quorum(than.quorum)}"
    if not _share_is_at_least(rule.min_approval, than.min_approval):
        yield f"its min_approval, {_ratio(rule.min_approval)}, is below {_ratio(than.min_approval)}"
    if not _rejects_at_least_as_soon(rule.rejection_quorum, than.rejection_quorum):
        yield (
            f"its rejection_quorum, {_ratio(rule.rejection_quorum)}, "
            f"rejects later than {_ratio(than.rejection_quorum)}"
        )
    if rule.sponsors < than.sponsors:
        yield f"it needs {rule.sponsors} sponsors, not {than.sponsors}"
    for name in ("discussion_period", "voting_period", "timelock"):
        length, least = getattr(rule, name), getattr(than, name)
        if length < least:
            yield f"its {name}, {format_duration(length)}, is shorter than {format_duration(least)}"
    yield from _weaker_veto(rule.veto, than.veto, heads_are_weight=_one_each(rule))


def threshold_is_at_least(one: Threshold | None, other: Threshold | None) -> bool:
    """Say whether all that reaches ``one`` reaches ``other``; None asks for nothing."""
    if other is None:
        return True
    if one is None or _OF.index(one.of) < _OF.index(other.of):
        return False
    if one.ratio != other.ratio:
        return one.ratio > other.ratio
    return one.strict or not other.strict


def quorum_is_at_least(one: Quorum | None, other: Quorum | None, *, heads_are_weight: bool) -> bool:
    """Say whether all that reaches ``one`` reaches ``other``; None asks for nothing.

    F + B is at most F + A + B, so a quorum of for_plus_abstain implies the same of weight. People and weight
    cannot be compared, nor a ratio of the roll and a count, since no one knows the roll.

    :param heads_are_weight: everyone on the roll has a weight of one, so participants and weight are the same.
    """
    if other is None:
        return True
    if one is None:
        return False
    bases = [_base(quorum, heads_are_weight=heads_are_weight) for quorum in (one, other)]
    if bases[0] != bases[1] and bases != ["for_plus_abstain", "weight"]:
        return False
    if one.ratio is not None and other.ratio is not None:
        return one.ratio >= other.ratio
    return one.count is not None and other.count is not None and one.count >= other.count


def _base(quorum: Quorum, *, heads_are_weight: bool) -> str:
    return "weight" if heads_are_weight and quorum.base == "participants" else quorum.base


def _share_is_at_least(one: Ratio | None, other: Ratio | None) -> bool:
    return other is None or (one is not None and one >= other)


def _rejects_at_least_as_soon(one: Ratio | None, other: Ratio | None) -> bool:
    """Say whether whatever ``other`` rejects ``one`` rejects: the lower share against is reached sooner."""
    return other is None or (one is not None and one <= other)


def _weaker_veto(rule: VetoRule | None, than: VetoRule | None, *, heads_are_weight: bool) -> Iterator[str]:
    """Compare the brand's vetoes: having one stops more than having none."""
    if than is None:
        return
    if rule is None:
        yield "it has no veto"
        return
    if rule.window < than.window:
        yield (
            f"its veto window, {format_duration(rule.window)}, is shorter than {format_duration(than.window)}"
        )
    if missing := [ground for ground in than.grounds if ground not in rule.grounds]:
        yield f"its veto lacks the grounds {', '.join(missing)}"
    if rule.yearly_quota < than.yearly_quota:
        yield f"it allows {rule.yearly_quota} vetoes a year, not {than.yearly_quota}"
    yield from _weaker_override(rule.override, than.override, heads_are_weight=heads_are_weight)


def _weaker_override(
    rule: OverrideRule | None, than: OverrideRule | None, *, heads_are_weight: bool
) -> Iterator[str]:
    """Compare how vetoes are overridden: one that cannot be stops more than one that can."""
    if rule is None:
        return
    if than is None:
        yield "its veto can be overridden"
        return
    if not threshold_is_at_least(rule.threshold, than.threshold):
        yield (
            f"the threshold of its override, {_threshold(rule.threshold)}, "
            f"is not as strict as {_threshold(than.threshold)}"
        )
    if not quorum_is_at_least(rule.quorum, than.quorum, heads_are_weight=heads_are_weight):
        yield f"the quorum of its override, {_quorum(rule.quorum)}, is not as strict as {_quorum(than.quorum)}"
    for name in ("voting_period", "cooling"):
        length, least = getattr(rule, name), getattr(than, name)
        if length < least:
            yield (
                f"the {name} of its override, {format_duration(length)}, "
                f"is shorter than {format_duration(least)}"
            )


def _weakest(rule: DecisionType) -> DecisionType:
    """Return the weakest rule that whoever drafts a ballot of the type could choose.

    Where the method is left open, so is whether there are votes for and against to have a threshold of.
    """
    left_open = set(rule.left_open)
    shares = {"threshold", "min_approval", "rejection_quorum"}
    gone = (left_open & (shares | {"quorum"})) | (shares if "method" in left_open else set())
    return replace(
        rule,
        voting_period=_NOTHING if "voting_period" in left_open else rule.voting_period,
        quorum=None if "quorum" in gone else rule.quorum,
        threshold=None if "threshold" in gone else rule.threshold,
        min_approval=None if "min_approval" in gone else rule.min_approval,
        rejection_quorum=None if "rejection_quorum" in gone else rule.rejection_quorum,
    )


def _one_each(rule: DecisionType) -> bool:
    return "weighting" not in rule.left_open and rule.weighting is Weighting.ONE_MEMBER_ONE_VOTE


def _threshold(threshold: Threshold | None) -> str:
    if threshold is None:
        return "none"
    more = "more than" if threshold.strict else "at least"
    return f"{more} {threshold.ratio} of {threshold.of}"


def _quorum(quorum: Quorum | None) -> str:
    if quorum is None:
        return "none"
    return f"{quorum.ratio or quorum.count} of {quorum.base}"


def _ratio(ratio: Ratio | None) -> str:
    return "none" if ratio is None else str(ratio)
