"""What must hold between the members of one decision type, whatever the rest of the charter says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from app.domain.charter.decision_type import DecisionType
from app.domain.charter.secrecy import secrecy_problems
from app.domain.charter.strictness import threshold_is_at_least
from app.domain.charter.type_method import method_problems
from app.domain.charter.words import BindingLevel, DecisionKind
from app.domain.delegation.facts import DelegationScope
from app.domain.weights import Weighting

TypeProblem = tuple[tuple[str | int, ...], str]
"""(path from the type to the place, what is wrong there in one sentence)."""

_NOTHING = timedelta()
_YES_NO = "yes_no"
_LOWER_OVERRIDE = "an override needs at least the threshold that the decision itself needed"
#: The only bases that never shrink while votes are changed: the quorum, once reached, stays reached.
_GROWING_BASES = frozenset({"participants", "weight"})


def type_problems(rule: DecisionType) -> list[TypeProblem]:
    """Name everything in a decision type that contradicts itself or could not be carried out."""
    return [
        *_kind_problems(rule),
        *_stage_problems(rule),
        *_voting_problems(rule),
        *_weight_problems(rule),
        *_secrecy_problems(rule),
        *_delegation_problems(rule),
        *_group_problems(rule),
        *method_problems(rule),
        *_answer_problems(rule),
        *_veto_problems(rule),
    ]


def _kind_problems(rule: DecisionType) -> Iterator[TypeProblem]:
    if rule.kind is DecisionKind.AMENDMENT:
        if not rule.amends:
            yield ("amends",), "an amendment type names the parts of the charter it may change"
        if rule.method != _YES_NO:
            yield ("method",), "an amendment is voted on for or against: its method is yes_no"
    elif rule.amends:
        yield ("amends",), "only an amendment type changes the charter"
    if rule.kind is DecisionKind.ELECTION and rule.method == _YES_NO:
        yield ("method",), "an election chooses between candidates; yes_no has none"
    if rule.grants_role and rule.kind is not DecisionKind.ELECTION:
        yield ("grants_role",), "only an election grants a role"
    if rule.left_open and not rule.standalone:
        yield ("left_open",), "only a ballot opened directly has somebody who chooses its rules"


def _stage_problems(rule: DecisionType) -> Iterator[TypeProblem]:
    if rule.standalone:
        stages = ("sponsors", "sponsoring_period", "discussion_period", "timelock")
        for name in stages:
            if getattr(rule, name):
                yield (name,), f"a {rule.kind.value} is opened directly and has no such stage"
        if rule.veto:
            yield ("veto",), f"a {rule.kind.value} is opened directly and has no such stage"
    elif rule.sponsors and rule.sponsoring_period == _NOTHING:
        yield ("sponsoring_period",), "is required: sponsors need time to come together"
    elif rule.sponsoring_period and not rule.sponsors:
        yield ("sponsoring_period",), "has no meaning where no sponsors are needed"


def _voting_problems(rule: DecisionType) -> Iterator[TypeProblem]:
    if rule.early_close and rule.vote_change:
        yield ("early_close",), "a vote whose votes can be changed cannot close early"
    if rule.late_quorum_extension is None:
        return
    place = ("late_quorum_extension",)
    if rule.quorum is None or rule.quorum.base not in _GROWING_BASES:
        yield place, "needs a quorum of participants or weight, which once reached stays reached"
    if rule.late_quorum_extension > rule.voting_period:
        yield place, "must not be longer than the voting period"
    for name in ("quorum", "voting_period"):
        if name in rule.left_open:
            yield place, f"depends on {name}, which is left open"


def _weight_problems(rule: DecisionType) -> Iterator[TypeProblem]:
    """Name what a type says of weights that are not counted, and what it leaves unsaid of those that are."""
    possible = frozenset(Weighting) if "weighting" in rule.left_open else frozenset({rule.weighting})
    if rule.weighting is Weighting.TOKEN_CAPPED and rule.weight_cap is None:
        yield ("weight_cap",), "is required where votes are weighted by token_capped"
    if rule.weight_cap is not None and Weighting.TOKEN_CAPPED not in possible:
        yield ("weight_cap",), f"has no meaning where votes are weighted by {rule.weighting.value}"
    if possible == {Weighting.ONE_MEMBER_ONE_VOTE}:
        if rule.exclude:
            yield ("exclude",), "has no meaning where no tokens weigh"
        if not rule.count_unvested:
            yield ("count_unvested",), "has no meaning where no tokens weigh"
    if rule.weighting is Weighting.DUAL:
        if rule.method != _YES_NO:
            yield ("weighting",), "a double majority takes votes for and against: its method is yes_no"
        if rule.token_majority is None:
            yield ("token_majority",), "is required where votes are weighted by dual"
    elif rule.token_majority is not None and not _can_be_dual(rule, possible):
        yield ("token_majority",), "has no meaning where votes cannot be weighted by dual"


def _can_be_dual(rule: DecisionType, possible: frozenset[Weighting]) -> bool:
    return Weighting.DUAL in possible and (rule.method == _YES_NO or "method" in rule.left_open)


def _secrecy_problems(rule: DecisionType) -> Iterator[TypeProblem]:
    """Name what goes with no vote kept apart, where the type has its votes kept so or lets nobody choose less."""
    weightings = set(Weighting) if "weighting" in rule.left_open else {rule.weighting}
    problems = secrecy_problems(
        rule.secrecy,
        weightings=weightings,
        disclosure=rule.disclosure,
        delegation=rule.delegation is not None,
    )
    for member, sentence in problems:
        yield (member,), sentence


def _delegation_problems(rule: DecisionType) -> Iterator[TypeProblem]:
    if rule.delegation is None:
        return
    if rule.early_close or "early_close" in rule.left_open:
        yield ("early_close",), "goes with no delegation: until the close, a direct vote takes weight back"
    if rule.late_quorum_extension and rule.quorum and rule.quorum.base == "weight":
        yield (
            ("late_quorum_extension",),
            "needs a quorum of participants: delegated weight is known at the close alone",
        )


def _group_problems(rule: DecisionType) -> Iterator[TypeProblem]:
    """Name what groups cannot decide for the community, and what is said of groups where none decides."""
    if rule.groups and rule.kind is DecisionKind.AMENDMENT:
        yield ("groups",), "no group changes the charter, which is everybody's"
    if rule.groups and rule.grants_role:
        yield ("groups",), "no group gives a role in the whole community"
    if not rule.groups and rule.delegation and DelegationScope.GROUP in rule.delegation.scopes:
        yield ("delegation", "scopes"), "group counts only where groups may decide so"


def _answer_problems(rule: DecisionType) -> Iterator[TypeProblem]:
    if rule.takes_effect_by_itself:
        if rule.binding_level is not BindingLevel.BINDING:
            yield ("binding_level",), "what takes effect by itself is binding"
        if rule.answer_within is not None:
            yield ("answer_within",), "what takes effect by itself leaves nothing to answer"
        if rule.precommitment_within:
            yield ("precommitment_within",), "what takes effect by itself needs no pre-commitment"
        return
    if rule.binding_level is not BindingLevel.ADVISORY:
        if rule.answer_within is None:
            yield ("answer_within",), f"is required: a {rule.binding_level.value} decision is owed an answer"
        return
    if rule.answer_within is not None:
        yield ("answer_within",), "an advisory decision is owed no answer; must_answer is"
    if rule.precommitment_within:
        yield ("precommitment_within",), "an advisory decision needs no pre-commitment"


def _veto_problems(rule: DecisionType) -> Iterator[TypeProblem]:
    if rule.veto is None or rule.veto.override is None:
        return
    override, place = rule.veto.override, ("veto", "override", "token_majority")
    if rule.threshold and not threshold_is_at_least(override.threshold, rule.threshold):
        yield ("veto", "override", "threshold"), _LOWER_OVERRIDE
    if rule.weighting is not Weighting.DUAL:
        if override.token_majority is not None:
            yield place, "has no meaning where votes are not weighted by dual"
    elif override.token_majority is None:
        yield place, "is required where votes are weighted by dual"
    elif rule.token_majority and not threshold_is_at_least(
        override.token_majority.threshold, rule.token_majority.threshold
    ):
        yield (*place, "threshold"), _LOWER_OVERRIDE
