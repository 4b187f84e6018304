"""Turning a signed-in account into an actor inside one community, or refusing."""

from __future__ import annotations

import dataclasses
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.clock import database_clock
from app.db.units import WorkDue
from app.domain.errors import refuse
from app.models.ballots import Ballot
from app.models.charters import CharterVersion
from app.models.communities import Community, Membership, MembershipRole
from app.models.groups import GroupMember
from app.models.identity import SignInSession
from app.models.proposals import Proposal
from app.policies.permissions import PERMISSION_MAP, Actor, Permission, Role, allows, granting_role
from app.services.charters.versions import charter_of


class StepsDue(WorkDue):
    """The clock has steps to take in a community: proposals whose window, timelock or vote is over.

    They are taken before anything else is read or written there, so that everybody sees the community as if a
    scheduler had never been late.
    """

    def __init__(self, community_id: uuid.UUID) -> None:
        super().__init__(str(community_id))
        self.community_id = community_id


def proposal_due() -> sa.ColumnElement[bool]:
    """Return the condition under which a proposal's next step is due."""
    return Proposal.due_at <= database_clock()


def consequences_due() -> sa.ColumnElement[bool]:
    """Return the condition under which a ballot opened directly is to be certified for what follows from it."""
    return sa.and_(
        Ballot.finalised_at.is_(None),
        Ballot.closes_at <= database_clock(),
        Ballot.opened_at.is_not(None),
        Ballot.proposal_id.is_(None),
        sa.or_(Ballot.answer_within_seconds.is_not(None), Ballot.grants_role.is_not(None)),
    )


def steps_due(community_id: uuid.UUID) -> tuple[sa.Exists, sa.Exists]:
    """Return the conditions under which the clock has steps to take in a community.

    A proposal's next step, or the certification of a standalone ballot from which something follows.
    """
    return (
        sa.exists().where(Proposal.community_id == community_id, proposal_due()),
        sa.exists().where(Ballot.community_id == community_id, consequences_due()),
    )


def has_public_log(session: Session, community_id: uuid.UUID) -> bool:
    """Say whether a community shows the tree of its log to everyone."""
    return bool(session.scalar(sa.select(Community.public_log).where(Community.id == community_id)))


def require_live_session(session: Session, actor: Actor) -> None:
    """Refuse an access token whose session was revoked or has ended.

    :raises Refusal: ``invalid-token``.
    """
    alive = session.scalar(
        sa.select(SignInSession.id).where(
            SignInSession.id == actor.session_id,
            SignInSession.account_id == actor.account_id,
            SignInSession.revoked_at.is_(None),
            SignInSession.expires_at > database_clock(),
        )
    )
    if alive is None:
        raise refuse("invalid-token", "The session was signed out or has ended.")


def _stewarded_by(session: Session, actor: Actor) -> frozenset[uuid.UUID]:
    """Return the groups whose steward somebody is."""
    groups = sa.select(GroupMember.group_id).where(
        GroupMember.membership_id == actor.membership_id, GroupMember.steward
    )
    return frozenset(session.scalars(groups))


def enter(
    session: Session,
    actor: Actor,
    community_id: uuid.UUID,
    permission: Permission,
    *,
    steps_taken: bool = False,
) -> Actor:
    """Return ``actor`` as a member of the community, with the role that grants ``permission``.

    :param actor: a signed-in account; its session's liveness is checked here too.
    :param steps_taken: the clock's steps were taken for this very request, as far as they could be: one that
        fails must not lock everybody out.
    :raises Refusal: ``not-found`` to outsiders, for unknown communities and known ones alike; ``forbidden`` to
        insiders without the permission; ``invalid-token`` for an ended session.
    :raises StepsDue: where the clock's steps must be taken first.

    Whoever is let in as the steward of a group alone is ``confined``: the use case says in which group they act (see
    :mod:`app.services.groups.acting`), and writes nothing before.
    """
    require_live_session(session, actor)
    newest = sa.select(sa.func.max(CharterVersion.number)).where(CharterVersion.community_id == community_id)
    rows = session.execute(
        sa.select(
            Membership.id,
            Membership.reference,
            MembershipRole.role,
            newest.scalar_subquery().label("charter_number"),
            sa.or_(*steps_due(community_id)).label("steps_due"),
        )
        .outerjoin(MembershipRole, MembershipRole.membership_id == Membership.id)
        .where(
            Membership.community_id == community_id,
            Membership.account_id == actor.account_id,
            Membership.left_at.is_(None),
        )
    ).all()
    if not rows:
        raise refuse("not-found")
    if rows[0].steps_due and not steps_taken:
        raise StepsDue(community_id)
    charter = charter_of(session, community_id, rows[0].charter_number)
    inside = dataclasses.replace(
        actor,
        community_id=community_id,
        membership_id=rows[0].id,
        reference=rows[0].reference,
        roles=frozenset(Role(row.role) for row in rows if row.role is not None),
        charter_number=rows[0].charter_number,
        powers=charter.role_powers,
    )
    if not allows(permission, inside):
        # Asked only where it decides: hardly anybody is let in as the steward of a group alone.
        inside = dataclasses.replace(inside, stewarded=_stewarded_by(session, inside), confined=True)
    if not allows(permission, inside):
        needed = " or ".join(" and ".join(p.title for p in clause) for clause in PERMISSION_MAP[permission])
        raise refuse("forbidden", f"This needs the permission {permission.value} ({needed}).")
    return dataclasses.replace(inside, role_used=granting_role(permission, inside))
