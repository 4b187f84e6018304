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

Delegation moves weight to either side, so tallies that differ in it cannot be compared, but in one case: where the
weight that is for, out of the whole electorate, is all that decides, whatever is reached with less weight carried
is reached with more of it carried. For each vote that is for stays for; a cap raised lets every delegate carry at
least as much as before; and against F of N there are at most N - F. Wider scopes added to those there are move
nobody's weight who had a delegate: it adds links for those who had none, and whoever was counted is counted as
before, unless a cap is now filled by others first. Scopes added between others, or before them, may lead weight
elsewhere. And the token tally of a double majority has carriers whom a ballot by token does not know, since who
holds none stands on its roll as well.

A field left open to whoever drafts the ballot counts as the weakest it could be.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.domain.charter.decision_type import DecisionType, DelegationRule, VetoRule
from app.domain.charter.tallies import Tally, forms, tallies, weakest
from app.domain.decision import DecisionRules, Quorum, Ratio, Threshold
from app.domain.delegation.facts import BREADTH
from app.domain.durations import format_duration

#: At equal ratios each takes more than those before it: F + A <= F + A + B <= N.
_OF = ("for_plus_against", "cast", "electorate")


def weaker_parts(rule: DecisionType, than: DecisionType) -> list[str]:
    """Say in sentences in which fields ``rule`` is weaker than another type, or cannot be compared with it.

    :return: one sentence a field, none when ``rule`` is at least as strict as ``than``.
    """
    rule, than = weakest(rule), weakest(than)
    stages = list(_weaker_stages(rule, than))
    for form in forms(rule):
        # Whatever is chosen here must be as strict as something that can be chosen there.
        if weaker := min((list(_weaker_tallies(form, other)) for other in forms(than)), key=len):
            return weaker + stages
    return stages


def at_least_as_strict(rule: DecisionType, than: DecisionType) -> bool:
    """Say whether ``rule`` is at least as strict as ``than`` in every field."""
    return not weaker_parts(rule, than)


def _weaker_tallies(rule: DecisionType, than: DecisionType) -> Iterator[str]:
    given = {tally.weights: tally for tally in tallies(rule)}
    for needed in tallies(than):
        tally = given.get(needed.weights)
        if tally is None:
            yield f"its votes are not weighted by {needed.weights}"
            continue
        if not _delegates_no_further(tally, needed):
            of = f" in its {tally.name}" if tally.name else ""
            yield f"its delegation, {_delegation(tally)}, cannot be compared with {_delegation(needed)}{of}"
        yield from _weaker_rules(tally, tally.rules, needed.rules, tally.name)
        if tally.override and needed.override:
            of = f"override's {tally.name}" if tally.name else "override"
            yield from _weaker_rules(tally, tally.override, needed.override, of)


def _weaker_rules(tally: Tally, rules: DecisionRules, than: DecisionRules, of: str) -> Iterator[str]:
    """Compare what passing takes in two tallies of the same weights.

    :param tally: the one whose rules, or whose override's, ``rules`` are.
    :param of: of what they are, for the sentences; "": of the type itself.
    """

    def its(name: str) -> str:
        return f"the {name} of its {of}" if of else f"its {name}"

    if not threshold_is_at_least(rules.threshold, than.threshold):
        yield (
            f"{its('threshold')}, {_threshold(rules.threshold)}, "
            f"is not as strict as {_threshold(than.threshold)}"
        )
    carried = tally.delegation is not None
    if not quorum_is_at_least(rules.quorum, than.quorum, one_each=tally.one_each, carried=carried):
        yield f"{its('quorum')}, {_quorum(rules.quorum)}, is not as strict as {_quorum(than.quorum)}"
    if not _share_is_at_least(rules.min_approval, than.min_approval):
        yield f"{its('min_approval')}, {_ratio(rules.min_approval)}, is below {_ratio(than.min_approval)}"
    if not _rejects_at_least_as_soon(rules.rejection_quorum, than.rejection_quorum):
        yield (
            f"{its('rejection_quorum')}, {_ratio(rules.rejection_quorum)}, "
            f"rejects later than {_ratio(than.rejection_quorum)}"
        )


def _weaker_stages(rule: DecisionType, than: DecisionType) -> Iterator[str]:
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


def quorum_is_at_least(one: Quorum | None, other: Quorum | None, *, one_each: bool, carried: bool) -> bool:
    """Say whether all that reaches ``one`` reaches ``other``; None asks for nothing.

    F + B is at most F + A + B, so a quorum of for_plus_abstain implies the same of weight. Where everyone has a
    weight of one, as many people weigh at least as much, and no more but by what they carry. Else people and weight
    cannot be compared; nor ever a ratio of the roll and a count, since no one knows the roll.

    :param one_each: everyone on the roll has a weight of one.
    :param carried: under ``one``, a vote may carry the weight of others.
    """
    if other is None:
        return True
    if one is None:
        return False
    if other.base not in _implied(one.base, one_each=one_each, carried=carried):
        return False
    if one.ratio is not None and other.ratio is not None:
        return one.ratio >= other.ratio
    return one.count is not None and other.count is not None and one.count >= other.count


def _implied(base: str, *, one_each: bool, carried: bool) -> set[str]:
    """Return the bases of which there is at least as much as of one base."""
    implied = {base}
    if base == "for_plus_abstain" or one_each:
        implied.add("weight")
    if one_each and not carried:
        implied.add("participants")
    return implied


def _share_is_at_least(one: Ratio | None, other: Ratio | None) -> bool:
    return other is None or (one is not None and one >= other)


def _rejects_at_least_as_soon(one: Ratio | None, other: Ratio | None) -> bool:
    """Say whether whatever ``other`` rejects ``one`` rejects: the lower share against is reached sooner."""
    return other is None or (one is not None and one <= other)


def _delegates_no_further(tally: Tally, than: Tally) -> bool:
    """Say whether the difference in delegation, if any, cannot let pass what ``than`` would not have let pass."""
    if tally.delegation is None and than.delegation is None:
        return True
    if tally.delegation is not None and tally.holders_alone != than.holders_alone:
        return False
    if tally.delegation == than.delegation:
        return True
    if not _carries_less(tally.delegation, than.delegation):
        return False
    pairs = [(tally.rules, than.rules)]
    if tally.override and than.override:
        pairs.append((tally.override, than.override))
    return all(_reached_by_more_carried(rules, needed) for rules, needed in pairs)


def _reached_by_more_carried(rules: DecisionRules, than: DecisionRules) -> bool:
    """Say whether what passes ``rules`` passes ``than`` also where more of the same weight is carried."""
    if than.rejection_quorum is not None:
        return False
    return than.threshold is None or (rules.threshold is not None and rules.threshold.of == "electorate")


def _carries_less(one: DelegationRule | None, other: DelegationRule | None) -> bool:
    """Say whether whatever is carried under one rule is carried under another, if there is one."""
    if one is None or other is None:
        return one is None
    if other.cap is None:
        return one.scopes == other.scopes or _adds_wider(one, other)
    if one.cap is None or one.scopes != other.scopes:
        return False
    if one.cap.ratio is not None and other.cap.ratio is not None:
        return one.cap.ratio <= other.cap.ratio
    return one.cap.weight is not None and other.cap.weight is not None and one.cap.weight <= other.cap.weight


def _adds_wider(one: DelegationRule, other: DelegationRule) -> bool:
    """Say whether all that ``other`` adds to the scopes of ``one`` is wider than each of these."""
    added = [BREADTH[scope] for scope in other.scopes if scope not in one.scopes]
    kept = set(one.scopes) <= set(other.scopes)
    return kept and all(BREADTH[scope] < least for scope in one.scopes for least in added)


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


def _delegation(tally: Tally) -> str:
    if tally.delegation is None:
        return "none"
    scopes = ", ".join(scope.value for scope in tally.delegation.scopes)
    cap = tally.delegation.cap
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
