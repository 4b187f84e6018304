"""What is hidden at present, why, and who may read it all the same.

Other features ask this module alone; it knows none of them.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.charter.powers import Power
from app.domain.errors import refuse
from app.domain.moderation.lifecycle import CaseState
from app.models.communities import Membership, MembershipRole
from app.models.moderation import ModerationCase, ModerationReport
from app.policies.permissions import Actor, Role

_HIDES = tuple(state.value for state in CaseState if state.hides)
#: Who reads what is hidden, besides its author: whoever judges it, and whoever checks the judges.
_READERS = frozenset({Role.STEWARD, Role.AUDITOR})


def hides() -> sa.ColumnElement[bool]:
    """Return the condition under which a case hides what it is about."""
    return ModerationCase.state.in_(_HIDES)


def is_shown(thing: sa.orm.InstrumentedAttribute[uuid.UUID]) -> sa.ColumnElement[bool]:
    """Return the condition that nothing hides a thing.

    :param thing: the column with its id.
    """
    return ~sa.exists().where(ModerationCase.subject_id == thing, hides())


def hidings(session: Session, ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, ModerationCase]:
    """Return the cases that hide some of these things, by the thing's id."""
    rows = session.scalars(sa.select(ModerationCase).where(ModerationCase.subject_id.in_(ids), hides()))
    return {row.subject_id: row for row in rows}


def masked(
    session: Session, actor: Actor, hidden: Mapping[uuid.UUID, ModerationCase]
) -> frozenset[uuid.UUID]:
    """Return the things whose text is kept from an actor.

    :param hidden: as :func:`hidings` returned them.
    """
    if actor.roles & _READERS:
        return frozenset()
    kept = {each: case for each, case in hidden.items() if case.author_id != actor.membership_id}
    appealed = [case.id for case in kept.values() if case.state == CaseState.APPEALED]
    if Role.BRAND_OWNER in actor.roles and appealed:
        theirs = sa.select(ModerationCase.subject_id).where(
            ModerationCase.id.in_(appealed), no_steward_is_left(actor)
        )
        return frozenset(kept) - frozenset(session.scalars(theirs))
    return frozenset(kept)


def require_not_hidden(session: Session, subject_id: uuid.UUID) -> None:
    """Refuse what needs a text that people can read; whoever holds the thing's row keeps it from being hidden.

    :raises Refusal: ``not-shown``.
    """
    if subject_id in hidings(session, [subject_id]):
        raise refuse("not-shown", "It is hidden.")


def no_steward_is_left(actor: Actor) -> sa.ColumnElement[bool]:
    """Return the condition under which no steward may decide the appeal of a case in the actor's community.

    Each wrote it, reported it, hid it or owns the brand; or the charter gives stewards no such power.
    """
    if Power.MODERATION_APPEAL_DECIDE not in actor.powers.get(Role.STEWARD, ()):
        return sa.true()
    owns = sa.select(MembershipRole.membership_id).where(MembershipRole.role == Role.BRAND_OWNER.value)
    reported = sa.select(ModerationReport.membership_id).where(ModerationReport.case_id == ModerationCase.id)
    return ~(
        sa.select(Membership.id)
        .join(MembershipRole, MembershipRole.membership_id == Membership.id)
        .where(
            Membership.community_id == actor.community_id,
            Membership.left_at.is_(None),
            MembershipRole.role == Role.STEWARD.value,
            Membership.id != ModerationCase.author_id,
            Membership.id.is_distinct_from(ModerationCase.decided_by),
            Membership.id.not_in(owns),
            Membership.id.not_in(reported.correlate(ModerationCase)),
        )
        .correlate(ModerationCase)
        .exists()
    )
