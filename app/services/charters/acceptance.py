"""Accepting the charter: on joining, and again whenever there is a new version."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.clock import database_now
from app.domain.errors import refuse
from app.models.charters import CharterAcceptance
from app.policies.permissions import Actor
from app.services.audit import Action, record
from app.services.charters.versions import number_in_force


def require_in_force(in_force: int, number: int | None) -> None:
    """Refuse to accept anything but the version in force; None stands for that one.

    :raises Refusal: ``charter-superseded``: somebody read a version that is no longer, or not yet, in force.
    """
    if number is not None and number != in_force:
        raise refuse(
            "charter-superseded",
            f"Version {in_force} of the charter is in force, not {number}.",
            extensions={"charter_version": in_force},
        )


def note(session: Session, membership_id: uuid.UUID, number: int, now: dt.datetime) -> bool:
    """Write down that a member accepted a version; False where they had."""
    if session.get(CharterAcceptance, (membership_id, number)) is not None:
        return False
    session.add(CharterAcceptance(membership_id=membership_id, number=number, accepted_at=now))
    session.flush()
    return True


def accept(session: Session, actor: Actor, number: int) -> CharterAcceptance:
    """Accept the version in force; doing so again changes nothing.

    :raises Refusal: ``charter-superseded``.
    """
    assert actor.community_id is not None  # noqa: S101 - the edge resolved the community
    assert actor.membership_id is not None  # noqa: S101 - the edge resolved the membership
    require_in_force(number_in_force(session, actor.community_id), number)
    now = database_now(session)
    if note(session, actor.membership_id, number, now):
        content = {"charter_version": number}
        record(session, actor, Action.CHARTER_ACCEPTED, ("membership", actor.membership_id), content, at=now)
    return session.get_one(CharterAcceptance, (actor.membership_id, number))


def accepted(session: Session, membership_ids: Iterable[uuid.UUID]) -> Mapping[uuid.UUID, int]:
    """Return the newest version that each of some members accepted."""
    rows = session.execute(
        sa.select(CharterAcceptance.membership_id, sa.func.max(CharterAcceptance.number))
        .where(CharterAcceptance.membership_id.in_(list(membership_ids)))
        .group_by(CharterAcceptance.membership_id)
    )
    return {membership_id: int(number) for membership_id, number in rows}
