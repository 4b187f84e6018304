"""The electoral roll: frozen with the ballot by one statement, and hashed."""

from __future__ import annotations

import hashlib
from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.charter.document import Charter
from app.domain.charter.powers import Power
from app.domain.charter.words import Weighting
from app.models.ballots import Ballot, RollEntry
from app.models.communities import Holding, Membership, MembershipRole
from app.policies.permissions import Role

#: Rows fetched at a time while the roll is hashed: bounds memory at any size of roll.
ROLL_CHUNK = 10_000

#: Weights are summed exactly, and JSON clients read integers exactly up to here.
MAX_ROLL_WEIGHT = 2**53 - 1


def voting_roles(charter: Charter) -> frozenset[Role]:
    """Return the roles whose holders the charter lets vote."""
    return frozenset(role for role in Role if charter.gives(role, Power.BALLOT_CAST))


def freeze_roll(session: Session, ballot: Ballot, roles: Collection[Role]) -> None:
    """Write the roll in one statement: active members holding one of ``roles``, as of this instant."""
    sqlite = session.get_bind().dialect.name == "sqlite"
    voter = sa.func.lower(sa.func.hex(sa.func.randomblob(16))) if sqlite else sa.func.gen_random_uuid()
    weight: sa.ColumnElement[int] = sa.literal(1)
    source: sa.FromClause = Membership.__table__
    condition = sa.and_(
        Membership.community_id == ballot.community_id, Membership.left_at.is_(None), _holds(roles)
    )
    if ballot.weighting == Weighting.TOKEN:
        source = source.join(Holding.__table__, Holding.membership_id == Membership.id)
        condition = sa.and_(condition, Holding.amount > 0)
        weight = Holding.__table__.c.amount
    affiliated = _holds({Role.BRAND_OWNER})
    session.execute(
        sa.insert(RollEntry).from_select(
            ["ballot_id", "membership_id", "voter", "weight", "brand_affiliated"],
            sa.select(sa.literal(ballot.id, sa.Uuid()), Membership.id, voter, weight, affiliated)
            .select_from(source)
            .where(condition),
            include_defaults=False,
        )
    )


def _holds(roles: Collection[Role]) -> sa.Exists:
    return (
        sa.exists()
        .where(
            MembershipRole.membership_id == Membership.id,
            MembershipRole.role.in_(sorted(role.value for role in roles)),
        )
        .correlate(Membership)
    )


def hash_roll(session: Session, ballot: Ballot) -> tuple[int, int, str]:
    """Return the roll's size, total weight and hash: SHA-256 over ``voter SP weight LF`` sorted by voter."""
    digest, size, total = hashlib.sha256(), 0, 0
    rows = session.execute(
        sa.select(RollEntry.voter, RollEntry.weight)
        .where(RollEntry.ballot_id == ballot.id)
        .order_by(RollEntry.voter)
        .execution_options(yield_per=ROLL_CHUNK)
    )
    for chunk in rows.partitions(ROLL_CHUNK):
        digest.update("".join(f"{voter} {weight}\n" for voter, weight in chunk).encode())
        size += len(chunk)
        total += sum(weight for _, weight in chunk)
    return size, total, digest.hexdigest()
