"""What must hold between the parts of a charter: powers that suffice, and rules that can be changed at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from app.domain.charter.decision_type import DecisionType
from app.domain.charter.document import Charter
from app.domain.charter.parsing import Problem
from app.domain.charter.powers import INDISPENSABLE, Power
from app.domain.charter.roles import Role
from app.domain.charter.strictness import weaker_parts
from app.domain.charter.words import Scope
from app.domain.weights import Weighting


def coherence_problems(charter: Charter) -> list[Problem]:
    """Name every part of a charter that does not fit the others, with pointers into the document."""
    return [
        *_power_problems(charter),
        *_unverified_roots(charter),
        *_unchangeable_parts(charter),
        *_unchangeable_types(charter),
        *_unchangeable_grounds(charter),
    ]


def _power_problems(charter: Charter) -> Iterator[Problem]:
    for power, role in INDISPENSABLE.items():
        if not charter.gives(role, power):
            yield (
                f"/role_powers/{role.value}",
                f"must hold {power.value}; nobody can live without it",
            )
    for index, rule in enumerate(charter.decision_types):
        yield from _type_power_problems(charter, rule, f"/decision_types/{index}")
    for index, matter in enumerate(charter.reserved_matters):
        if matter.consent and not charter.gives(matter.consent, Power.PROPOSAL_CONSENT):
            detail = f"{matter.consent.value} does not hold {Power.PROPOSAL_CONSENT.value}"
            yield f"/reserved_matters/{index}/consent", detail
    if charter.emergency_stop and not _somebody_holds(charter, Power.BALLOT_SUSPEND):
        yield "/emergency_stop", f"no role holds {Power.BALLOT_SUSPEND.value}"
    if charter.gives(Role.STEWARD, Power.MODERATION_DECIDE) and not charter.gives(
        Role.STEWARD, Power.MODERATION_APPEAL_DECIDE
    ):
        detail = f"must hold {Power.MODERATION_APPEAL_DECIDE.value}: whoever can hide must be open to appeal"
        yield f"/role_powers/{Role.STEWARD.value}", detail
    if charter.verified_accounts and not _somebody_holds(charter, Power.MEMBER_VERIFY):
        yield "/verified_accounts", f"no role holds {Power.MEMBER_VERIFY.value}"


def _somebody_holds(charter: Charter, power: Power) -> bool:
    return any(power in held for held in charter.role_powers.values())


def _type_power_problems(charter: Charter, rule: DecisionType, place: str) -> Iterator[Problem]:
    """Name the roles that a type counts on and that lack the power it takes.

    A charter that keeps a veto in its rules and takes the power to use it away would have removed the veto by
    the back door, under whatever rule changes role powers.
    """
    yield from (
        _standalone_powers(charter, rule, place)
        if rule.standalone
        else _proposal_powers(charter, rule, place)
    )
    if rule.veto and not charter.gives(Role.BRAND_OWNER, Power.PROPOSAL_VETO):
        yield f"{place}/veto", f"brand_owner does not hold {Power.PROPOSAL_VETO.value}"
    if rule.veto and rule.veto.override and not charter.gives(Role.MEMBER, Power.PROPOSAL_OVERRIDE):
        yield f"{place}/veto/override", f"member does not hold {Power.PROPOSAL_OVERRIDE.value}"
    if rule.owes_answer and not charter.gives(Role.BRAND_OWNER, Power.PRECOMMITMENT_RECORD):
        yield f"{place}/binding_level", f"brand_owner does not hold {Power.PRECOMMITMENT_RECORD.value}"


def _standalone_powers(charter: Charter, rule: DecisionType, place: str) -> Iterator[Problem]:
    drafting = (Power.BALLOT_CREATE, Power.BALLOT_OPEN)
    for index, role in enumerate(rule.opened_by):
        if not any(charter.gives(role, power) for power in drafting):
            yield f"{place}/opened_by/{index}", f"{role.value} holds neither ballot.create nor ballot.open"
    for power in drafting:
        if not any(charter.gives(role, power) for role in rule.opened_by):
            yield f"{place}/opened_by", f"none of these roles holds {power.value}"


def _proposal_powers(charter: Charter, rule: DecisionType, place: str) -> Iterator[Problem]:
    for index, role in enumerate(rule.opened_by):
        if not charter.gives(role, Power.PROPOSAL_RAISE):
            yield f"{place}/opened_by/{index}", f"{role.value} does not hold {Power.PROPOSAL_RAISE.value}"


def _unverified_roots(charter: Charter) -> Iterator[Problem]:
    """Name every type under which somebody would gain weight by splitting what they hold over many accounts."""
    if charter.verified_accounts:
        return
    for index, rule in enumerate(charter.decision_types):
        if rule.weighting is Weighting.QUADRATIC_TOKEN:
            yield f"/decision_types/{index}/weighting", "quadratic_token takes verified_accounts"


def _unchangeable_parts(charter: Charter) -> Iterator[Problem]:
    """Name every part that members cannot propose to change.

    Of a charter older than moderation grounds nobody could say by what type they are to be changed; where there
    are none, nothing can be hidden.
    """
    for scope in Scope:
        if scope is Scope.MODERATION_GROUNDS and not charter.moderation_grounds:
            continue
        if not any(Role.MEMBER in rule.opened_by for rule in charter.amendment_types(scope)):
            yield "/decision_types", f"by no amendment type can members raise a change of {scope.value}"


def _unchangeable_types(charter: Charter) -> Iterator[Problem]:
    """Name every type for which no amendment type is strict enough: nothing could ever change it."""
    for index, rule in enumerate(charter.decision_types):
        if lacking := _lacking(charter, Scope.DECISION_TYPES, [rule]):
            yield f"/decision_types/{index}", lacking


def _unchangeable_grounds(charter: Charter) -> Iterator[Problem]:
    """Name every veto ground for which no amendment type is as strict as all types whose veto names it."""
    for index, ground in enumerate(charter.veto_grounds):
        naming = [rule for rule in charter.decision_types if rule.veto and ground.id in rule.veto.grounds]
        if lacking := _lacking(charter, Scope.VETO_GROUNDS, naming):
            yield f"/veto_grounds/{index}", lacking


def _lacking(charter: Charter, scope: Scope, guards: Sequence[DecisionType]) -> str | None:
    """Say how the nearest amendment type of a part falls short of these guards; None where one does not."""
    lacking = {
        way.id: [part for guard in guards for part in weaker_parts(way, guard)]
        for way in charter.amendment_types(scope)
    }
    if not lacking or not all(lacking.values()):
        return None
    nearest = min(lacking, key=lambda each: len(lacking[each]))
    return (
        f"nothing could ever change it: no amendment type that may change {scope.value} is as strict. "
        f'Of "{nearest}", {"; ".join(lacking[nearest])}'
    )
