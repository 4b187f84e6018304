"""Who stands in an election: the members whom its options name."""

from __future__ import annotations

import uuid
from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.charter.decision_type import DecisionType
from app.domain.charter.words import DecisionKind
from app.domain.errors import refuse
from app.models.ballots import Ballot
from app.models.communities import Membership, MembershipRole
from app.policies.permissions import Role


def check_candidates(session: Session, ballot: Ballot, rule: DecisionType) -> None:
    """Refuse options that name somebody who cannot be elected, or nobody where a role is to be given.

    Whoever holds the role already may stand again.

    :raises Refusal: ``not-a-candidate``, with a pointer to each such option.
    """
    named = [option.membership_id for option in ballot.options]
    with session.no_autoflush:
        standing = held_roles(session, ballot.community_id, [each for each in named if each is not None])
    errors: list[tuple[str, str]] = []
    for place, membership_id in enumerate(named):
        if membership_id is None:
            detail = "names no member, and whoever wins receives a role" if rule.grants_role else None
        elif rule.kind is not DecisionKind.ELECTION:
            detail = "only an election's options name members"
        elif membership_id in named[:place]:
            detail = "stands here already"
        elif membership_id not in standing:
            detail = "is no active member"
        elif Role.AUDITOR in standing[membership_id] and rule.grants_role:
            detail = "is an auditor, who holds no other role"
        else:
            detail = None
        if detail is not None:
            errors.append((f"#/options/{place}/membership_id", detail))
    if errors:
        raise refuse("not-a-candidate", errors=errors)


def held_roles(
    session: Session, community_id: uuid.UUID, membership_ids: Collection[uuid.UUID]
) -> dict[uuid.UUID, frozenset[Role]]:
    """Return the roles of those of some memberships that are active in the community."""
    if not membership_ids:
        return {}
    rows = session.execute(
        sa.select(Membership.id, MembershipRole.role)
        .outerjoin(MembershipRole, MembershipRole.membership_id == Membership.id)
        .where(
            Membership.community_id == community_id,
            Membership.id.in_(membership_ids),
            Membership.left_at.is_(None),
        )
    ).all()
    found: dict[uuid.UUID, frozenset[Role]] = {membership_id: frozenset() for membership_id, _ in rows}
    roles: list[tuple[uuid.UUID, str | None]] = [(membership_id, role) for membership_id, role in rows]
    for membership_id, role in roles:
        if role is not None:
            found[membership_id] |= {Role(role)}
    return found
