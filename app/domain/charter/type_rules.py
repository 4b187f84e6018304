"""What must hold between the members of one decision type, whatever the rest of the charter says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from app.domain.charter.decision_type import DecisionType
from app.domain.charter.strictness import threshold_is_at_least
from app.domain.charter.type_method import method_problems
from app.domain.charter.words import BindingLevel, DecisionKind

TypeProblem = tuple[tuple[str | int, ...], str]
"""(path from the type to the place, what is wrong there in one sentence)."""

_NOTHING = timedelta()
_YES_NO = "yes_no"
#: The only bases that never shrink while votes are changed: the quorum, once reached, stays reached.
_GROWING_BASES = frozenset({"participants", "weight"})


def type_problems(rule: DecisionType) -> list[TypeProblem]:
    """Name everything in a decision type that contradicts itself or could not be carried out."""
    return [
        *_kind_problems(rule),
        *_stage_problems(rule),
        *_voting_problems(rule),
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
    if rule.veto is None or rule.veto.override is None or rule.threshold is None:
        return
    if not threshold_is_at_least(rule.veto.override.threshold, rule.threshold):
        yield (
            ("veto", "override", "threshold"),
            "an override needs at least the threshold that the decision itself needed",
        )
