"""Trying out an amendment against the charter in force, with every reason for which it would be refused."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from app.domain.charter.amendments import (
    AmendmentConflict,
    Entrenched,
    Operation,
    based_on,
    check,
    read_operations,
)
from app.domain.charter.decision_type import DecisionType
from app.domain.charter.difference import difference
from app.domain.charter.document import Charter
from app.domain.charter.reading import InvalidCharter
from app.domain.charter.words import DecisionKind
from app.domain.errors import refuse
from app.policies.permissions import Actor
from app.services.charters.versions import in_force


def decision_type(charter: Charter, type_id: str, *kinds: DecisionKind) -> DecisionType:
    """Return a decision type of one of some kinds.

    :raises Refusal: ``unknown-decision-type``.
    """
    found = charter.decision_type(type_id)
    if found is None or found.kind not in kinds:
        fitting = ", ".join(each.id for kind in kinds for each in charter.types_of(kind)) or "none"
        raise refuse(
            "unknown-decision-type",
            f'There is no "{type_id}" for this; there is {fitting}.',
            errors=[("#/decision_type", "not in the charter in force")],
        )
    return found


def read(value: object) -> tuple[Operation, ...]:
    """Read the operations of an amendment.

    :raises Refusal: ``invalid-amendment``, with a pointer to each part at fault.
    """
    try:
        return read_operations(value)
    except AmendmentConflict as unreadable:
        raise _refused("invalid-amendment", unreadable.errors) from None


def amended(charter: Charter, operations: tuple[Operation, ...], under: DecisionType) -> Charter:
    """Return the charter as the operations would make it, under the rules of an amendment type.

    :raises Refusal: ``invalid-amendment`` where they do not fit the charter or the result makes no sense,
        ``entrenched`` where they would change a rule by a weaker one; with a pointer to each operation.
    """
    try:
        return check(charter, operations, under)
    except Entrenched as entrenched:
        raise _refused("entrenched", entrenched.errors) from None
    except AmendmentConflict as conflict:
        raise _refused("invalid-amendment", conflict.errors) from None
    except InvalidCharter as invalid:
        # Pointers lead into the charter as it would be: the operations as a whole are at fault.
        raise refuse(
            "invalid-amendment",
            "The charter would no longer make sense.",
            errors=[("#/operations", f"{pointer or '/'}: {detail}") for pointer, detail in invalid.errors],
        ) from None


def preview(session: Session, actor: Actor, type_id: str, value: object) -> dict[str, Any]:
    """Say what operations would make of the charter in force. Nothing is stored.

    :raises Refusal: as :func:`amended`, and ``unknown-decision-type``.
    """
    assert actor.community_id is not None  # noqa: S101 - the edge resolved the community
    number, charter = in_force(session, actor.community_id)
    under = decision_type(charter, type_id, DecisionKind.AMENDMENT)
    operations = read(value)
    result = amended(charter, operations, under)
    return {
        "base_version": number,
        "changes": difference(charter, result),
        "basis": based_on(charter, operations),
    }


def _refused(slug: str, errors: list[tuple[str, str]]) -> Exception:
    return refuse(slug, errors=[(f"#/operations{pointer}", detail) for pointer, detail in errors])
