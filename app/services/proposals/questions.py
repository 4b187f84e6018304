"""Whether what a proposal asks fits the decision type it is to be decided under."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from app.domain.charter.amendments import Operation, based_on, conflicts
from app.domain.charter.decision_type import DecisionType
from app.domain.charter.document import Charter
from app.domain.charter.matters import admission
from app.domain.charter.stored import operations_now
from app.domain.charter.words import DecisionKind
from app.domain.errors import refuse
from app.models.proposals import Proposal
from app.policies.permissions import Actor, Permission
from app.services.ballots.decision_types import require_for_groups
from app.services.ballots.for_proposals import check_vote
from app.services.charters import amending
from app.services.charters.versions import in_force
from app.services.groups.acting import acting_in

_KINDS = (DecisionKind.PROPOSAL, DecisionKind.AMENDMENT)


@dataclass(frozen=True, slots=True)
class Footing:
    """The charter version that something is judged by, and the decision type in it."""

    number: int
    charter: Charter
    rule: DecisionType


def footing(session: Session, actor: Actor, type_id: str, *kinds: DecisionKind) -> Footing:
    """Return the charter in force and one of its decision types for proposals.

    :param kinds: of which the type may be; proposals and amendments where none is named.
    :raises Refusal: ``unknown-decision-type``.
    """
    assert actor.community_id is not None  # noqa: S101 - the edge resolved the community
    number, charter = in_force(session, actor.community_id)
    return Footing(number, charter, amending.decision_type(charter, type_id, *(kinds or _KINDS)))


def kind_of(proposal: Proposal) -> DecisionKind:
    """Return what sort of decision type a proposal needs."""
    return DecisionKind.PROPOSAL if proposal.operations is None else DecisionKind.AMENDMENT


def require_opener(actor: Actor, rule: DecisionType) -> None:
    """Ask that a decision type may be used by a role of the actor's.

    :raises Refusal: ``forbidden``.
    """
    if not actor.roles & frozenset(rule.opened_by):
        roles = " or ".join(role.value for role in rule.opened_by)
        raise refuse("forbidden", f'A proposal under "{rule.id}" is raised by: {roles}.')


def opener_in_group(session: Session, actor: Actor, group_id: uuid.UUID | None, rule: DecisionType) -> Actor:
    """Return the actor as whoever raises a proposal under a decision type, in a group if it is to be a group's.

    :raises Refusal: ``forbidden``; of a group ``not-found``, ``not-in-group``, ``group-archived``,
        ``not-for-groups``.
    """
    require_for_groups(rule, group_id)
    if group_id is not None:
        actor = acting_in(session, actor, group_id, Permission.PROPOSAL_RAISE)
    require_opener(actor, rule)
    return actor


def with_ids(options: Sequence[Mapping[str, Any]] | None) -> list[dict[str, Any]] | None:
    """Return options as they are stored: an absent id becomes ``o1``, ``o2`` and so on."""
    if options is None:
        return None
    return [
        {
            "id": option.get("id") or f"o{position}",
            "title": option["title"],
            "description": option.get("description", ""),
        }
        for position, option in enumerate(options, 1)
    ]


def as_stored(operations: object) -> list[dict[str, Any]] | None:
    """Return operations as they are stored: read, every default spelled out.

    :raises Refusal: ``invalid-amendment``.
    """
    return None if operations is None else [each.to_json() for each in amending.read(operations)]


def check_form(
    rule: DecisionType,
    options: Sequence[Mapping[str, Any]] | None,
    operations: Sequence[Mapping[str, Any]] | None,
) -> None:
    """Ask that an amendment carries operations and nothing else does, and that the vote could be held.

    :raises Refusal: ``invalid-amendment``, ``invalid-question``.
    """
    amendment = rule.kind is DecisionKind.AMENDMENT
    if amendment != (operations is not None):
        detail = "says which operations it is made of" if amendment else "has no operations on the charter"
        raise refuse(
            "invalid-amendment",
            f'A proposal under "{rule.id}" {detail}.',
            errors=[("#/operations", "required" if amendment else "only for amendments")],
        )
    check_vote(rule, options)


def check_matters(charter: Charter, matters: Sequence[str]) -> None:
    """Ask that reserved matters are those of the charter.

    :raises Refusal: ``reserved-matter``.
    """
    errors = [
        (f"#/matters/{index}", "the charter has no such reserved matter")
        for index, matter in enumerate(matters)
        if charter.reserved_matter(matter) is None
    ]
    if errors:
        raise refuse("reserved-matter", "The charter in force has no such reserved matter.", errors=errors)


def check_admission(charter: Charter, matters: Sequence[str]) -> None:
    """Ask that nothing a proposal touches is reserved to the brand.

    :raises Refusal: ``reserved-matter``.
    """
    if reasons := admission(charter, matters):
        raise refuse(
            "reserved-matter",
            " ".join(reason for _, reason in reasons),
            errors=[(f"#/matters/{list(matters).index(matter)}", reason) for matter, reason in reasons],
        )


def operations_of(proposal: Proposal) -> tuple[Operation, ...]:
    """Return a stored amendment's operations."""
    return amending.read(operations_now(proposal.operations or []))


def fit(proposal: Proposal, on: Footing) -> None:
    """Judge an amendment by a charter version and write down what it is based on.

    :raises Refusal: ``invalid-amendment``, ``entrenched``.
    """
    proposal.base_number = on.number
    if proposal.operations is None:
        proposal.basis = None
        return
    operations = operations_of(proposal)
    amending.amended(on.charter, operations, on.rule)
    proposal.basis = based_on(on.charter, operations)


def check_still_fits(proposal: Proposal, on: Footing) -> None:
    """Judge an amendment by the charter in force as it would be judged at its enactment.

    :raises Refusal: ``invalid-amendment``, ``entrenched``.
    """
    if proposal.operations is None:
        return
    operations = operations_of(proposal)
    if changed := conflicts(on.charter, operations, proposal.basis or {}):
        raise refuse(
            "invalid-amendment",
            "The charter has changed where it is to be amended: its author fits the text to it first.",
            errors=[(f"#/operations{pointer}", detail) for pointer, detail in changed],
        )
    amending.amended(on.charter, operations, on.rule)
