"""Under which decision type a ballot is held, what that type fixes, and what it leaves to whoever drafts."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import uuid
from collections.abc import Mapping
from typing import Any

from app.domain.charter.decision_type import DecisionType
from app.domain.charter.document import Charter
from app.domain.charter.powers import Power
from app.domain.charter.secrecy import secrecy_problems
from app.domain.charter.words import CAN_BE_LEFT_OPEN, Disclosure, Secrecy
from app.domain.decision import Quorum, Ratio, Threshold
from app.domain.durations import format_duration
from app.domain.errors import Refusal, refuse
from app.domain.weights import Weighting
from app.models.ballots import Ballot
from app.policies.permissions import Actor

_PERIOD = "voting_period_seconds"

#: A ballot's columns that its decision type rules, in the order in which they are judged.
RULED = tuple(_PERIOD if name == "voting_period" else name for name in CAN_BE_LEFT_OPEN)

#: What means something else, or nothing, under another method than the type's own.
_BLANK: Mapping[str, Any] = {
    "settings": {},
    "seats": 1,
    "threshold": None,
    "min_approval": None,
    "rejection_quorum": None,
}
#: A ballot's columns that are always as its decision type says.
NOT_LEFT_OPEN = (
    "decision_type",
    "kind",
    "binding_level",
    "answer_within_seconds",
    "late_quorum_extension_seconds",
    "grants_role",
)
#: What shapes the weights: as :meth:`DecisionType.weighing` says for the ballot's weighting.
WEIGHING = ("weight_cap", "count_unvested", "exclude", "token_majority")


def choose(charter: Charter, type_id: str | None, kind: str | None) -> DecisionType:
    """Return the decision type of a standalone ballot: the one named, or the only one there is of a kind.

    :raises Refusal: ``unknown-decision-type``, naming those that fit.
    """
    fitting = [rule for rule in charter.decision_types if rule.standalone and kind in {None, rule.kind.value}]
    if type_id is None:
        if len(fitting) == 1:
            return fitting[0]
    else:
        for rule in fitting:
            if rule.id == type_id:
                return rule
    raise _unknown(fitting, type_id, kind)


def _unknown(fitting: list[DecisionType], type_id: str | None, kind: str | None) -> Refusal:
    what = "ballots opened directly" if kind is None else f"a {kind}"
    known = ", ".join(rule.id for rule in fitting) or "none"
    if type_id is None:
        detail = f"Name a decision_type: for {what} the charter in force has {known}."
    else:
        detail = f"The charter in force has no {type_id} for {what}; it has {known}."
    return refuse("unknown-decision-type", detail, errors=[("#/decision_type", f"one of: {known}")])


def rules_of(rule: DecisionType) -> dict[str, Any]:
    """Return a type's own values for a ballot's columns in :data:`RULED`."""
    written = rule.to_json()
    values = {name: written[name] for name in CAN_BE_LEFT_OPEN if name != "voting_period"}
    return values | {_PERIOD: int(rule.voting_period.total_seconds())}


def fixed_facts(rule: DecisionType) -> dict[str, Any]:
    """Return a type's values for the columns in :data:`NOT_LEFT_OPEN`."""
    return {
        "decision_type": rule.id,
        "kind": rule.kind.value,
        "binding_level": rule.binding_level.value,
        "answer_within_seconds": _seconds(rule.answer_within),
        "late_quorum_extension_seconds": _seconds(rule.late_quorum_extension),
        "grants_role": None if rule.grants_role is None else rule.grants_role.value,
    }


def ruled_facts(
    rule: DecisionType, stated: Mapping[str, Any], kept: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return the values of all columns that a type rules, from what a request states of them.

    What the type fixes is as the type says, also where the draft was made under an earlier charter.

    :param stated: what the request says; other facts in it are left alone.
    :param kept: what a draft that is changed says already; None for a new one.
    :raises Refusal: ``fixed-by-charter``, with a pointer to each statement that is not the charter's.
    """
    values = rules_of(rule)
    left_open = _left_open(rule)
    method = stated.get("method", values["method"] if kept is None else kept["method"])
    if "method" in left_open and method != rule.method:
        values |= {name: blank for name, blank in _BLANK.items() if name in left_open}
    if kept is not None:
        values |= {name: kept[name] for name in left_open}
    elif stated.get("closes_at") is not None and _PERIOD in left_open:
        values[_PERIOD] = None
    errors = _period_errors(rule, stated)
    for name in RULED:
        if name not in stated:
            continue
        detail = _objection(rule, name, stated[name], open_=name in left_open)
        if detail is not None:
            errors.append((_pointer(name), detail))
        elif name in left_open:
            values[name] = stated[name]
    if errors:
        raise refuse("fixed-by-charter", _sentence(rule, errors), errors=errors)
    values["disclosure"] = _disclosure(values, free="disclosure" in left_open - stated.keys())
    if _PERIOD not in left_open:
        values["closes_at"] = None
    return values | fixed_facts(rule) | rule.weighing(Weighting(values["weighting"]))


def _disclosure(values: Mapping[str, Any], *, free: bool) -> Any:
    """Return a ballot's disclosure.

    :param free: neither charter nor request says it: where votes are kept apart from voters there is only one.
    """
    apart = Secrecy(values["secrecy"]).keeps_votes_apart
    return Disclosure.PSEUDONYMOUS.value if free and apart else values["disclosure"]


def require_the_charters(rule: DecisionType, ballot: Ballot) -> None:
    """Refuse a draft that says anything but what the charter in force fixes, because the charter has changed.

    :raises Refusal: ``fixed-by-charter``, naming each rule that is another one now.
    """
    left_open = _left_open(rule)
    fixed = fixed_facts(rule) | rule.weighing(Weighting(ballot.weighting))
    found = {
        name: _objection(rule, name, getattr(ballot, name), open_=name in left_open) for name in RULED
    } | {
        name: f"the charter says {_said(name, fixed[name])}"
        for name in (*NOT_LEFT_OPEN, *WEIGHING)
        if getattr(ballot, name) != fixed[name]
    }
    errors = [(_pointer(name), detail) for name, detail in found.items() if detail is not None]
    if errors:
        raise refuse(
            "fixed-by-charter",
            "The charter has changed since this was drafted; any change of the draft brings it up to date. "
            + _sentence(rule, errors),
            errors=errors,
        )


def check_weighting(charter: Charter, ballot: Ballot) -> None:
    """Refuse weights by the square root of holdings where nobody looks whether accounts are people.

    :raises Refusal: ``fixed-by-charter``.
    """
    if ballot.weighting == Weighting.QUADRATIC_TOKEN and not charter.verified_accounts:
        detail = "quadratic_token takes a charter with verified_accounts"
        raise refuse("fixed-by-charter", errors=[("#/weighting", detail)])


def check_secrecy(rule: DecisionType, ballot: Ballot) -> None:
    """Refuse a secrecy that does not go with the ballot's weighting and disclosure, or with its decision type.

    :raises Refusal: ``invalid-question``, with a pointer to each part at fault.
    """
    problems = secrecy_problems(
        Secrecy(ballot.secrecy),
        weightings={Weighting(ballot.weighting)},
        disclosure=Disclosure(ballot.disclosure),
        delegation=rule.delegation is not None,
    )
    errors = [
        ("#/secrecy" if member == "delegation" else f"#/{member}", sentence) for member, sentence in problems
    ]
    if errors:
        raise refuse("invalid-question", "; ".join(sentence for _, sentence in errors), errors=errors)


def acting_in(rule: DecisionType, charter: Charter, actor: Actor, power: Power) -> Actor:
    """Return the actor in the role in which they may draft or open ballots of a type.

    :param power: the power it takes besides.
    :raises Refusal: ``forbidden``.
    """
    for role in rule.opened_by:
        if role in actor.roles and charter.gives(role, power):
            return dataclasses.replace(actor, role_used=role)
    openers = " or ".join(role.value for role in rule.opened_by if charter.gives(role, power)) or "nobody"
    raise refuse("forbidden", f"For {rule.id} the charter gives {power.value} to {openers}.")


def require_for_groups(rule: DecisionType, group_id: uuid.UUID | None) -> None:
    """Refuse to a group what only the community as a whole decides.

    :raises Refusal: ``not-for-groups``.
    """
    if group_id is not None and not rule.groups:
        detail = f"Under {rule.id} the community decides as a whole."
        raise refuse("not-for-groups", detail, errors=[("#/decision_type", "not open to groups")])


def _left_open(rule: DecisionType) -> frozenset[str]:
    return frozenset(_PERIOD if name == "voting_period" else name for name in rule.left_open)


def _period_errors(rule: DecisionType, stated: Mapping[str, Any]) -> list[tuple[str, str]]:
    if stated.get("closes_at") is None or "voting_period" in rule.left_open:
        return []
    fixed = format_duration(rule.voting_period)
    return [("#/closes_at", f"the charter fixes the voting period: {fixed}")]


def _objection(rule: DecisionType, name: str, value: Any, *, open_: bool) -> str | None:
    """Say what the charter has against a value, or None."""
    own = rules_of(rule)[name]
    if open_ and name == "weighting":
        return _unstated(rule, value)
    if open_:
        looser = name == "secrecy" and _tightness(value) < _tightness(own)
        return f"secrecy can be tightened, never loosened: the charter says {own}" if looser else None
    return None if _meaning(name, value) == _meaning(name, own) else f"the charter fixes {_said(name, own)}"


def _unstated(rule: DecisionType, weighting: str) -> str | None:
    """Say what a weighting takes that the charter does not state, or None."""
    needed = {Weighting.TOKEN_CAPPED: "weight_cap", Weighting.DUAL: "token_majority"}.get(
        Weighting(weighting)
    )
    if needed is None or getattr(rule, needed) is not None:
        return None
    return f"{weighting} takes a {needed}, and the charter states none"


def _tightness(secrecy: str) -> int:
    return list(Secrecy).index(Secrecy(secrecy))


def _meaning(name: str, value: Any) -> Any:
    """Return what a stored value means, so that 2/4 is 1/2 and what is not stated is its default."""
    if value is None:
        return None
    if name == "quorum":
        ratio = value.get("ratio")
        return Quorum(value["base"], None if ratio is None else Ratio.parse(ratio), value.get("count"))
    if name == "threshold":
        return Threshold(
            Ratio.parse(value["ratio"]), value.get("strict", False), value.get("of", "for_plus_against")
        )
    return Ratio.parse(value) if name in {"min_approval", "rejection_quorum"} else value


def _pointer(name: str) -> str:
    return f"#/{name.removesuffix('_seconds')}"


def _said(name: str, value: Any) -> str:
    if isinstance(value, int) and name.endswith("_seconds"):
        return format_duration(dt.timedelta(seconds=value))
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)


def _sentence(rule: DecisionType, errors: list[tuple[str, str]]) -> str:
    particulars = "; ".join(f"{pointer[2:]}: {detail}" for pointer, detail in errors)
    return f"Ballots of {rule.id} are held as the charter says ({particulars})."


def _seconds(length: dt.timedelta | None) -> int | None:
    return None if length is None else int(length.total_seconds())
