"""What members say about carrying others' weight: that they offer it, in words, or that they will not."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.errors import refuse
from app.models.communities import Membership
from app.models.delegations import DelegateStatement, Delegation
from app.policies.permissions import Actor, Permission
from app.services.audit import Action, record
from app.services.charters.versions import in_force
from app.services.communities import members
from app.services.communities.joining import lock_roles
from app.services.delegations import finding, revoking
from app.services.delegations.dating import dated_now


class Stance(StrEnum):
    """Whether somebody carries others' weight: offers to, says nothing (and may be chosen), or will not."""

    ACCEPTING = "accepting"
    SILENT = "silent"
    DECLINING = "declining"


@dataclass(frozen=True, slots=True)
class Delegate:
    """A member as a delegate.

    :param statement: what they said, or None.
    :param received: delegations to them that are in force.
    """

    membership: Membership
    statement: DelegateStatement | None
    received: int

    @property
    def version(self) -> int:
        """Return the version of what they said; 0 where they said nothing."""
        return 0 if self.statement is None else self.statement.version


def delegates(actor: Actor) -> sa.Select[DelegateStatement]:
    """Select the statements of the members who offer to vote for others."""
    return (
        sa.select(DelegateStatement)
        .join(Membership, Membership.id == DelegateStatement.membership_id)
        .where(
            DelegateStatement.community_id == actor.community_id,
            DelegateStatement.stance == Stance.ACCEPTING.value,
            Membership.left_at.is_(None),
        )
    )


def described(
    session: Session, actor: Actor, statements: Sequence[DelegateStatement], now: dt.datetime
) -> list[Delegate]:
    """Return the delegates whose statements these are, with what each has received."""
    ids = [statement.membership_id for statement in statements]
    known = {
        each.id: each for each in session.scalars(members.visible_to(actor).where(Membership.id.in_(ids)))
    }
    received = _received(session, ids, now)
    return [
        Delegate(known[each.membership_id], each, received.get(each.membership_id, 0)) for each in statements
    ]


def read(session: Session, actor: Actor, membership_id: uuid.UUID | None, now: dt.datetime) -> Delegate:
    """Return a member as a delegate, whatever they said or did not say; oneself for None.

    :raises Refusal: ``not-found``.
    """
    membership = members.read(session, actor, membership_id)
    statement = session.get(DelegateStatement, membership.id, populate_existing=True)
    return Delegate(membership, statement, _received(session, [membership.id], now).get(membership.id, 0))


def locked(session: Session, actor: Actor) -> tuple[Delegate, dt.datetime]:
    """Return the actor as a delegate, while nobody can delegate to them, and the instant of what they say now.

    :raises Refusal: as :func:`app.services.access.enter`.
    """
    actor, community_id = lock_roles(session, actor, Permission.DELEGATION_GIVE)
    now = dated_now(session, community_id)
    return read(session, actor, None, now), now


def state(
    session: Session, actor: Actor, delegate: Delegate, facts: Mapping[str, Any], now: dt.datetime
) -> Delegate:
    """Say whether one carries others' weight, and why one should be trusted with it. The same again says nothing.

    Whoever declines has every delegation to them ended: both sides find it among their own.

    :param delegate, now: as :func:`locked` gave them.
    :param facts: ``stance``, ``statement`` (Markdown) and ``decision_types``.
    :raises Refusal: ``unknown-decision-type`` for topics that the charter in force has no type for.
    """
    assert actor.community_id is not None  # noqa: S101 - the edge resolved the community
    said = {
        "stance": str(facts["stance"]),
        "statement": facts["statement"],
        "decision_types": sorted(facts["decision_types"]),
    }
    statement = delegate.statement
    if statement is not None and all(getattr(statement, name) == value for name, value in said.items()):
        return delegate
    _require_known(session, actor.community_id, facts["decision_types"])
    if statement is None:
        statement = DelegateStatement(
            membership_id=delegate.membership.id, community_id=actor.community_id, stated_at=now, **said
        )
        session.add(statement)
    else:
        for name, value in said.items():
            setattr(statement, name, value)
        statement.stated_at = now
    session.flush()
    declines = statement.stance == Stance.DECLINING
    ended = revoking.end_received(session, actor, now) if declines else 0
    subject = ("membership", delegate.membership.id)
    content = said | {"version": statement.version, "ended": ended}
    record(session, actor, Action.DELEGATE_STATED, subject, content, at=now)
    return Delegate(delegate.membership, statement, 0 if declines else delegate.received)


def _require_known(session: Session, community_id: uuid.UUID, named: Sequence[str]) -> None:
    _, charter = in_force(session, community_id)
    known = [rule.id for rule in charter.decision_types]
    errors = [
        (f"#/decision_types/{place}", f"one of: {', '.join(known)}")
        for place, each in enumerate(named)
        if each not in known
    ]
    if errors:
        raise refuse("unknown-decision-type", errors=errors)


def _received(session: Session, ids: Sequence[uuid.UUID], now: dt.datetime) -> dict[uuid.UUID, int]:
    if not ids:
        return {}
    rows = session.execute(
        sa.select(Delegation.delegate_id, sa.func.count())
        .where(Delegation.delegate_id.in_(ids), finding.in_force(now))
        .group_by(Delegation.delegate_id)
    )
    return {delegate_id: number for delegate_id, number in rows if delegate_id is not None}
