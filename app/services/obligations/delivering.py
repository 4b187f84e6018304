"""Showing what was delivered, and saying whether it was: evidence by the brand, attestations by the members."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from app.domain.charter.roles import Role
from app.domain.errors import refuse
from app.domain.instants import instant
from app.domain.obligations import may_attest, may_give_evidence
from app.models.obligations import Attestation, Evidence, Milestone, Obligation
from app.policies.permissions import Actor
from app.services.audit import Action, record
from app.services.obligations import conclusion
from app.services.obligations.standing import locked, read_milestone, standing_milestones


@dataclass(frozen=True, slots=True)
class Owed:
    """A promise and the obligation it stands under, whose row is locked."""

    obligation: Obligation
    milestone: Milestone


def locked_with_obligation(session: Session, actor: Actor, milestone_id: uuid.UUID) -> Owed:
    """Return a promise with its obligation, whose row is locked.

    :raises Refusal: ``not-found``.
    """
    milestone = read_milestone(session, actor, milestone_id)
    return Owed(locked(session, actor, milestone.obligation_id), milestone)


def evidence(session: Session, actor: Actor, milestone_id: uuid.UUID) -> sa.Select[Evidence]:
    """Select the evidence given for a promise.

    :raises Refusal: ``not-found``.
    """
    read_milestone(session, actor, milestone_id)
    return sa.select(Evidence).where(Evidence.milestone_id == milestone_id)


def attestations(
    session: Session, actor: Actor, milestone_id: uuid.UUID, round_number: int | None = None
) -> sa.Select[tuple[Attestation, bool]]:
    """Select what members said of a promise, each with whether it counts: a member's last word of a round does.

    :param round_number: of one round; None: of every round.
    :raises Refusal: ``not-found``.
    """
    read_milestone(session, actor, milestone_id)
    later = aliased(Attestation)
    replaced = sa.exists().where(
        later.milestone_id == Attestation.milestone_id,
        later.round == Attestation.round,
        later.membership_id == Attestation.membership_id,
        later.revision == Attestation.revision + 1,
    )
    statement = sa.select(*Attestation.__table__.columns, (~replaced).label("counts")).where(
        Attestation.milestone_id == milestone_id
    )
    return statement if round_number is None else statement.where(Attestation.round == round_number)


def give_evidence(
    session: Session, actor: Actor, owed: Owed, facts: Mapping[str, Any], now: dt.datetime
) -> Evidence:
    """Show that a promise was kept, which begins its next round of attestations.

    :param facts: ``note``, and ``url`` or None.
    :param now: read after the row was locked.
    :raises Refusal: ``obligation-not-open`` where the domain's rule lets no round begin.
    """
    assert actor.membership_id is not None  # noqa: S101 - the edge resolved the membership
    obligation, milestone = owed.obligation, owed.milestone
    (found,) = standing_milestones(session, obligation, [milestone], now)
    _require(may_give_evidence(found.status))
    shown = Evidence(
        milestone_id=milestone.id,
        round=(found.status.round or 0) + 1,
        note=facts["note"],
        url=facts["url"],
        membership_id=actor.membership_id,
        submitted_at=now,
    )
    session.add(shown)
    session.flush()
    content = {
        "obligation_id": str(obligation.id),
        "round": shown.round,
        "note": shown.note,
        "url": shown.url,
        "submitted_at": instant(now),
    }
    record(session, actor, Action.MILESTONE_EVIDENCED, ("milestone", milestone.id), content, at=now)
    conclusion.note(session, obligation, now)
    return shown


def attest(
    session: Session, actor: Actor, owed: Owed, facts: Mapping[str, Any], now: dt.datetime
) -> tuple[Attestation, bool]:
    """Say of the last evidence whether it delivers; a member's last word counts, saying it again changes nothing.

    Whoever is a member when they say it may: a delivery concerns those who are there, also those who joined
    after the evidence was given. Who owns the brand does not attest to its own deliveries.

    :param facts: ``verdict``, ``comment``, and ``round`` or None: the evidence that the member looked at.
    :param now: read after the row was locked.
    :return: the member's word, and whether it is their first in this round.
    :raises Refusal: ``forbidden`` to brand owners; ``obligation-not-open`` before any evidence; ``conflict``
        where further evidence has begun another round.
    """
    assert actor.membership_id is not None  # noqa: S101 - the edge resolved the membership
    if Role.BRAND_OWNER in actor.roles:
        raise refuse("forbidden", "Brand owners do not attest to the brand's own deliveries.")
    obligation, milestone = owed.obligation, owed.milestone
    (found,) = standing_milestones(session, obligation, [milestone], now)
    _require(may_attest(found.status))
    round_number = found.status.round
    assert round_number is not None  # noqa: S101 - may_attest says so
    if facts["round"] not in {None, round_number}:
        raise refuse(
            "conflict",
            f"The evidence to attest to is number {round_number}.",
            errors=[("#/round", "another round has begun, or there is no such round")],
            extensions={"round": round_number},
        )
    before = session.scalar(
        sa.select(Attestation)
        .where(
            Attestation.milestone_id == milestone.id,
            Attestation.round == round_number,
            Attestation.membership_id == actor.membership_id,
        )
        .order_by(Attestation.revision.desc())
        .limit(1)
    )
    if before is not None and (before.verdict, before.comment) == (facts["verdict"], facts["comment"]):
        return before, False
    said = Attestation(
        milestone_id=milestone.id,
        round=round_number,
        membership_id=actor.membership_id,
        revision=1 if before is None else before.revision + 1,
        verdict=facts["verdict"],
        comment=facts["comment"],
        attested_at=now,
    )
    session.add(said)
    session.flush()
    content = {
        "obligation_id": str(obligation.id),
        "round": round_number,
        "revision": said.revision,
        "verdict": said.verdict,
        "comment": said.comment,
        "attested_at": instant(now),
    }
    record(session, actor, Action.MILESTONE_ATTESTED, ("milestone", milestone.id), content, at=now)
    conclusion.note(session, obligation, now)
    return said, before is None


def _require(reason: str | None) -> None:
    if reason is not None:
        raise refuse("obligation-not-open", reason)
