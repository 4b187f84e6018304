"""Finding delegations: who may see which, and which of them are in force."""

from __future__ import annotations

import datetime as dt
import uuid
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.errors import refuse
from app.models.delegations import Delegation
from app.policies.permissions import Actor, Role


class DelegationState(StrEnum):
    """Where a delegation stands: a function of its instants and the database's clock."""

    IN_FORCE = "in_force"
    EXPIRED = "expired"
    REVOKED = "revoked"


class Direction(StrEnum):
    """Whose delegations are meant: those that somebody gave, or those that they received."""

    GIVEN = "given"
    RECEIVED = "received"


def visible_to(actor: Actor) -> sa.Select[Delegation]:
    """Select the delegations an actor may see: those they gave or received; auditors see the community's."""
    statement = sa.select(Delegation).where(Delegation.community_id == actor.community_id)
    if Role.AUDITOR in actor.roles:
        return statement
    return statement.where(
        sa.or_(Delegation.delegator_id == actor.membership_id, Delegation.delegate_id == actor.membership_id)
    )


def listed(
    actor: Actor,
    now: dt.datetime,
    *,
    direction: Direction | None = None,
    state: DelegationState | None = None,
) -> sa.Select[Delegation]:
    """Select, of the delegations an actor may see, those of a direction as they see it, in a state at ``now``."""
    statement = visible_to(actor)
    if direction is not None:
        side = Delegation.delegator_id if direction is Direction.GIVEN else Delegation.delegate_id
        statement = statement.where(side == actor.membership_id)
    return statement if state is None else statement.where(_in_state(state, now))


def read(session: Session, actor: Actor, delegation_id: uuid.UUID) -> Delegation:
    """Return one delegation.

    :raises Refusal: ``not-found`` where the actor may see no such delegation.
    """
    found = session.scalar(visible_to(actor).where(Delegation.id == delegation_id))
    if found is None:
        raise refuse("not-found")
    return found


def state_of(delegation: Delegation, now: dt.datetime) -> DelegationState:
    """Return where a delegation stands at ``now``: what came first ended it."""
    expires_at, revoked_at = delegation.expires_at, delegation.revoked_at
    if revoked_at is not None and (expires_at is None or revoked_at < expires_at):
        return DelegationState.REVOKED
    if expires_at is not None and expires_at <= now:
        return DelegationState.EXPIRED
    return DelegationState.IN_FORCE


def in_force(now: dt.datetime) -> sa.ColumnElement[bool]:
    """Return the condition under which a delegation is in force at ``now``."""
    return sa.and_(Delegation.revoked_at.is_(None), sa.not_(_expired(now)))


def _in_state(state: DelegationState, now: dt.datetime) -> sa.ColumnElement[bool]:
    """Say in SQL what :func:`state_of` says of one delegation."""
    if state is DelegationState.IN_FORCE:
        return in_force(now)
    revoked = sa.and_(
        Delegation.revoked_at.is_not(None),
        sa.or_(Delegation.expires_at.is_(None), Delegation.revoked_at < Delegation.expires_at),
    )
    return revoked if state is DelegationState.REVOKED else sa.and_(sa.not_(revoked), _expired(now))


def _expired(now: dt.datetime) -> sa.ColumnElement[bool]:
    at = sa.literal(now, Delegation.given_at.type)
    return sa.and_(Delegation.expires_at.is_not(None), Delegation.expires_at <= at)
