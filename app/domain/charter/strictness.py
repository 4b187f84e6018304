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

Weights are compared tally by tally. A double majority passes only if its members' tally and its token tally both
do, and these are counted as under one_member_one_vote and under token; so it is at least as strict as either, if
that tally is. Tokens under another cap, without other holdings or with other vesting are other weights.

Delegation moves weight to either side, so types that differ in it cannot be compared, but in one case: where the
weight that is for, out of the whole electorate, is all that decides, whatever is reached with less weight carried
is reached with more of it carried. For each vote that is for stays for; a cap raised lets every delegate carry at
least as much as before; and against F of N there are at most N - F.

A field left open to whoever drafts the ballot counts as the weakest it could be.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace

from app.domain.charter.decision_type import DecisionType, DelegationRule, VetoRule
from app.domain.decision import DecisionRules, Quorum, Ratio, Threshold
from app.domain.durations import format_duration
from app.domain.weights import Weighting

_NOTHING = dt.timedelta()
#: At equal ratios each takes more than those before it: F + A <= F + A + B <= N.
_OF = ("for_plus_against", "cast", "electorate")


@dataclass(frozen=True, slots=True)
class _Tally:
    """One count of a vote.

    :param weights: what weighs in it, in words; equal where the same votes weigh the same.
    :param rules: what passing takes.
    :param override: what overriding a veto takes, None where that cannot be done.
    :param name: what it is called in a sentence; "" where it is the only one, or the members'.
    :param heads_are_weight: everyone on the roll has a weight of one, so participants and weight are the same.
    """

    weights: str
    rules: DecisionRules
    override: DecisionRules | None
    name: str = ""
    heads_are_weight: bool = False


def weaker_parts(rule: DecisionType, than: DecisionType) -> list[str]:
    """Say in sentences in which fields ``rule`` is weaker than another type, or cannot be compared with it.

    :return: one sentence a field, none when ``rule`` is at least as strict as ``than``.
    """
    rule, than = _weakest(rule), _weakest(than)
    stages = list(_weaker_stages(rule, than))
    for form in _forms(rule):
        # Whatever is chosen here must be as strict as something that can be chosen there.
        if weaker := min((list(_weaker_tallies(form, other)) for other in _forms(than)), key=len):
            return weaker + stages
    return stages


def at_least_as_strict(rule: DecisionType, than: DecisionType) -> bool:
    """Say whether ``rule`` is at least as strict as ``than`` in every field."""
    return not weaker_parts(rule, than)


def _weaker_tallies(rule: DecisionType, than: DecisionType) -> Iterator[str]:
    given = {tally.weights: tally for tally in _tallies(rule)}
    for needed in _tallies(than):
        tally = given.get(needed.weights)
        if tally is None:
            yield f"its votes are not weighted by {needed.weights}"
            continue
        heads_are_weight = tally.heads_are_weight
        yield from _weaker_rules(tally.rules, needed.rules, tally.name, heads_are_weight=heads_are_weight)
        if tally.override and needed.override:
            of = f"override's {tally.name}" if tally.name else "override"
            yield from _weaker_rules(tally.override, needed.override, of, heads_are_weight=heads_are_weight)


def _weaker_rules(
    rules: DecisionRules, than: DecisionRules, of: str, *, heads_are_weight: bool
) -> Iterator[str]:
    """Compare what passing takes in two tallies of the same weights.

    :param of: of what ``rules`` are, for the sentences; "": of the type itself.
    """

    def its(name: str) -> str:
        return f"the {name} of its {of}" if of else f"its {name}"

    if not threshold_is_at_least(rules.threshold, than.threshold):
        yield (
            f"{its('threshold')}, {_threshold(rules.threshold)}, "
            f"is not as strict as {_threshold(than.threshold)}"
        )
    if not quorum_is_at_least(rules.quorum, than.quorum, heads_are_weight=heads_are_weight):
        yield f"{its('quorum')}, {_quorum(rules.quorum)}, is not as strict as {_quorum(than.quorum)}"
    if not _share_is_at_least(rules.min_approval, than.min_approval):
        yield f"{its('min_approval')}, {_ratio(rules.min_approval)}, is below {_ratio(than.min_approval)}"
    if not _rejects_at_least_as_soon(rules.rejection_quorum, than.rejection_quorum):
        yield (
            f"{its('rejection_quorum')}, {_ratio(rules.rejection_quorum)}, "
            f"rejects later than {_ratio(than.rejection_quorum)}"
        )


def _weaker_stages(rule: DecisionType, than: DecisionType) -> Iterator[str]:
    if not _delegates_no_further(rule, than):
        yield f"its delegation, {_delegation(rule)}, cannot be compared with {_delegation(than)}"
    if rule.sponsors < than.sponsors:
        yield f"it needs {rule.sponsors} sponsors, not {than.sponsors}"
    for name in ("discussion_period", "voting_period", "timelock"):
        length, least = getattr(rule, name), getattr(than, name)
        if length < least:
            yield f"its {name}, {format_duration(length)}, is shorter than {format_duration(least)}"
    yield from _weaker_veto(rule.veto, than.veto)


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


def _delegates_no_further(rule: DecisionType, than: DecisionType) -> bool:
    """Say whether the difference in delegation, if any, cannot let pass what ``than`` would not have let pass."""
    if rule.delegation == than.delegation:
        return True
    if not _carries_less(rule.delegation, than.delegation) or than.rejection_quorum is not None:
        return False
    pairs = [(rule.threshold, than.threshold)]
    overrides = [each.veto and each.veto.override for each in (rule, than)]
    if overrides[0] and overrides[1]:
        pairs.append((overrides[0].threshold, overrides[1].threshold))
    return all(other is None or (one is not None and one.of == "electorate") for one, other in pairs)


def _carries_less(one: DelegationRule | None, other: DelegationRule | None) -> bool:
    """Say whether no delegate can carry more under one rule than under another of the same scopes, if any."""
    if one is None:
        return True
    if other is None or one.scopes != other.scopes or one.cap is None:
        return False
    if other.cap is None:
        return True
    if one.cap.ratio is not None and other.cap.ratio is not None:
        return one.cap.ratio <= other.cap.ratio
    return one.cap.weight is not None and other.cap.weight is not None and one.cap.weight <= other.cap.weight


def _weaker_veto(rule: VetoRule | None, than: VetoRule | None) -> Iterator[str]:
    """Compare the brand's vetoes: having one stops more than having none, and more than one that is overridden.

    What overriding takes is compared with the tallies.
    """
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
    if rule.override is None:
        return
    if than.override is None:
        yield "its veto can be overridden"
        return
    for name in ("voting_period", "cooling"):
        length, least = getattr(rule.override, name), getattr(than.override, name)
        if length < least:
            yield (
                f"the {name} of its override, {format_duration(length)}, "
                f"is shorter than {format_duration(least)}"
            )


def _tallies(rule: DecisionType) -> Iterator[_Tally]:
    """Yield the tallies of a type whose weighting is not left open."""
    override = None if rule.veto is None else rule.veto.override
    overriding = None if override is None else DecisionRules(override.quorum, override.threshold)
    if rule.weighting in {Weighting.ONE_MEMBER_ONE_VOTE, Weighting.DUAL}:
        one_each = Weighting.ONE_MEMBER_ONE_VOTE.value
        # With delegation one vote may carry the weight of many.
        yield _Tally(one_each, rule.rules, overriding, heads_are_weight=rule.delegation is None)
    else:
        yield _Tally(_weights(rule, rule.weighting), rule.rules, overriding)
    if rule.weighting is Weighting.DUAL and rule.token_majority:
        overriding = None if override is None else override.token_majority
        yield _Tally(_weights(rule, Weighting.TOKEN), rule.token_majority, overriding, "token tally")


def _weights(rule: DecisionType, weighting: Weighting) -> str:
    """Say what weighs, in words that are equal only where the same tokens weigh the same."""
    words = weighting.value
    if weighting is Weighting.TOKEN_CAPPED and rule.weight_cap:
        words += f" (at most {rule.weight_cap.ratio or rule.weight_cap.amount})"
    words += "".join(f", without {each.value}" for each in rule.exclude)
    return words if rule.count_unvested else f"{words}, once vested"


def _forms(rule: DecisionType) -> list[DecisionType]:
    """Return a type as it would be under every weighting that whoever drafts could choose."""
    if "weighting" not in rule.left_open:
        return [rule]
    stated = {Weighting.TOKEN_CAPPED: rule.weight_cap, Weighting.DUAL: rule.token_majority}
    chosen = (weighting for weighting in Weighting if stated.get(weighting, weighting) is not None)
    return [replace(rule, weighting=weighting) for weighting in chosen]


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


def _delegation(rule: DecisionType) -> str:
    if rule.delegation is None:
        return "none"
    scopes = ", ".join(scope.value for scope in rule.delegation.scopes)
    cap = rule.delegation.cap
    return scopes if cap is None else f"{scopes}, capped at {cap.ratio or cap.weight}"


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
