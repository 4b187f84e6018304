"""How delegations end before their time: taken back, handed back, replaced, declined, or by somebody's leaving."""

from __future__ import annotations

import datetime as dt
import uuid
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.models.delegations import Delegation
from app.policies.permissions import Actor
from app.services.audit import Action, record
from app.services.delegations import finding
from app.services.delegations.dating import dated_now
from app.services.delegations.finding import DelegationState


class Reason(StrEnum):
    """Why a delegation was revoked. Both sides see it."""

    #: by whoever gave it, to nobody else
    REVOKED = "revoked"
    #: by whoever gave it, who gave another in the same scope
    REPLACED = "replaced"
    #: by whoever received it
    RETURNED = "returned"
    #: whoever received it carries nobody's weight any more
    DECLINED = "declined"
    #: the community, or the group that it was for
    DELEGATOR_LEFT = "delegator_left"
    DELEGATE_LEFT = "delegate_left"


def revoke(session: Session, actor: Actor, delegation_id: uuid.UUID) -> Delegation:
    """Take a delegation back that one gave, or hand one back that one received.

    One that has ended already stays as it is.

    :raises Refusal: ``not-found`` to everybody else.
    """
    found = finding.read(session, actor, delegation_id)
    session.refresh(found, with_for_update=True)
    now = dated_now(session, found.community_id)
    if finding.state_of(found, now) is DelegationState.IN_FORCE:
        own = found.delegator_id == actor.membership_id
        end(session, actor, found, Reason.REVOKED if own else Reason.RETURNED, now)
    return found


def end(session: Session, actor: Actor, found: Delegation, reason: Reason, now: dt.datetime) -> None:
    """Write down that a delegation is revoked.

    :param found: not revoked, its row locked.
    :param now: as :func:`dated_now` gave it.
    """
    found.revoked_at, found.revoked_because = now, reason.value
    session.flush()
    content = {"because": reason.value}
    record(session, actor, Action.DELEGATION_REVOKED, ("delegation", found.id), content, at=now)


def end_received(session: Session, actor: Actor, now: dt.datetime) -> int:
    """End everything delegated to the actor, who declines it; return how many delegations that were.

    :param now: as :func:`dated_now` gave it, with the roles of the community locked.
    """
    received = Delegation.delegate_id == actor.membership_id
    return _end_all(session, received, sa.literal(Reason.DECLINED.value), now)


def end_by_leaving(session: Session, actor: Actor) -> None:
    """End everything that the actor, who leaves, gave and received.

    One entry says it of all: what they gave and received stands in the entries of its giving.

    :param actor: inside their community, whose roles are locked.
    """
    assert actor.community_id is not None  # noqa: S101 - the edge resolved the community
    assert actor.membership_id is not None  # noqa: S101 - as above
    given = Delegation.delegator_id == actor.membership_id
    received = Delegation.delegate_id == actor.membership_id
    because = sa.case((given, Reason.DELEGATOR_LEFT.value), else_=Reason.DELEGATE_LEFT.value)
    now = dated_now(session, actor.community_id)
    ended = _end_all(session, sa.or_(given, received), because, now)
    if ended:
        subject = ("membership", actor.membership_id)
        content = {"because": "left", "ended": ended}
        record(session, actor, Action.DELEGATIONS_ENDED, subject, content, at=now)


def end_by_leaving_group(
    session: Session, actor: Actor, group_id: uuid.UUID, membership_id: uuid.UUID
) -> None:
    """End what somebody who leaves a group, or is removed from it, gave and received for that group.

    :param actor: whoever does it; their own row in the group, or the removed member's, is locked.
    """
    assert actor.community_id is not None  # noqa: S101 - the edge resolved the community
    given, received = Delegation.delegator_id == membership_id, Delegation.delegate_id == membership_id
    because = sa.case((given, Reason.DELEGATOR_LEFT.value), else_=Reason.DELEGATE_LEFT.value)
    now = dated_now(session, actor.community_id)
    theirs = sa.and_(Delegation.group_id == group_id, sa.or_(given, received))
    ended = _end_all(session, theirs, because, now)
    if ended:
        content = {"because": "left_group", "group": str(group_id), "ended": ended}
        record(session, actor, Action.DELEGATIONS_ENDED, ("membership", membership_id), content, at=now)


def _end_all(
    session: Session, which: sa.ColumnElement[bool], because: sa.ColumnElement[str], now: dt.datetime
) -> int:
    ended = session.execute(
        sa.update(Delegation)
        .where(which, finding.in_force(now))
        .values(revoked_at=now, revoked_because=because)
        .execution_options(synchronize_session=False)
    )
    return int(ended.rowcount)  # type: ignore[attr-defined]
