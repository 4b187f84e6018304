"""Where obligations and promises stand: stored facts and the clock, put through the domain's rules.

A page of obligations takes as many queries as one: attestations are counted by the database, one a member.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from app.domain.decision import Ratio
from app.domain.errors import refuse
from app.domain.obligations import (
    Answer,
    AnswerVerdict,
    AttestationVerdict,
    BindingLevel,
    Delivery,
    Evidence,
    MilestoneStatus,
    ObligationFacts,
    ObligationState,
    ObligationStatus,
    has_concluded,
    milestone_standing,
    obligation_status,
)
from app.models.obligations import Answer as AnswerRow
from app.models.obligations import Attestation as AttestationRow
from app.models.obligations import Evidence as EvidenceRow
from app.models.obligations import Milestone, Obligation
from app.policies.permissions import Actor


@dataclass(frozen=True, slots=True)
class StandingMilestone:
    """A promise, the last evidence for it, and where it stands."""

    milestone: Milestone
    evidence: EvidenceRow | None
    status: MilestoneStatus


@dataclass(frozen=True, slots=True)
class StandingObligation:
    """An obligation, its last answer, the number of answers, its promises in order, and where it stands."""

    obligation: Obligation
    answer: AnswerRow | None
    answers: int
    milestones: tuple[StandingMilestone, ...]
    status: ObligationStatus

    @property
    def has_concluded(self) -> bool:
        """Whether nothing is left to do."""
        return has_concluded(self.status.verdict, (each.status for each in self.milestones))

    @property
    def version(self) -> tuple[object, ...]:
        """Return what the entity tag is made of.

        Every write moves the version; the clock alone moves the state, and promises over their date one way.
        """
        overdue = sum(each.status.overdue for each in self.milestones)
        return ("obligation", self.obligation.id, self.obligation.version, self.status.state.value, overdue)


def visible_to(actor: Actor) -> sa.Select[Obligation]:
    """Select the obligations that an actor may see: every one of their community."""
    return sa.select(Obligation).where(Obligation.community_id == actor.community_id)


def listed(
    actor: Actor,
    now: dt.datetime,
    *,
    state: ObligationState | None = None,
    level: BindingLevel | None = None,
    ballot_id: uuid.UUID | None = None,
    proposal_id: uuid.UUID | None = None,
) -> sa.Select[Obligation]:
    """Select the obligations in a state at ``now``, of a binding level, a ballot or a proposal; None: any."""
    statement = visible_to(actor)
    if ballot_id is not None:
        statement = statement.where(Obligation.ballot_id == ballot_id)
    if proposal_id is not None:
        statement = statement.where(Obligation.proposal_id == proposal_id)
    if level is not None:
        statement = statement.where(Obligation.binding_level == level.value)
    if state is ObligationState.ANSWERED:
        statement = statement.where(Obligation.answered_at.is_not(None))
    elif state is not None:
        overdue = sa.literal(now, Obligation.due_at.type) > Obligation.due_at
        statement = statement.where(
            Obligation.answered_at.is_(None), overdue if state is ObligationState.OVERDUE else ~overdue
        )
    return statement


def read(session: Session, actor: Actor, obligation_id: uuid.UUID) -> Obligation:
    """Return one obligation.

    :raises Refusal: ``not-found``.
    """
    found = session.scalar(visible_to(actor).where(Obligation.id == obligation_id))
    if found is None:
        raise refuse("not-found")
    return found


def locked(session: Session, actor: Actor, obligation_id: uuid.UUID) -> Obligation:
    """Return one obligation with its row locked: answers, promises, evidence and attestations queue here.

    :raises Refusal: ``not-found``.
    """
    found = session.scalar(
        visible_to(actor)
        .where(Obligation.id == obligation_id)
        .with_for_update(of=Obligation)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise refuse("not-found")
    return found


def read_milestone(session: Session, actor: Actor, milestone_id: uuid.UUID) -> Milestone:
    """Return one promise.

    :raises Refusal: ``not-found``.
    """
    found = session.scalar(
        sa.select(Milestone).where(Milestone.id == milestone_id, Milestone.community_id == actor.community_id)
    )
    if found is None:
        raise refuse("not-found")
    return found


def delivery_of(obligation: Obligation) -> Delivery:
    """Return when members' disputes reopen a promise of this obligation, as frozen with its ballot."""
    frozen = obligation.rules["delivery"]
    return Delivery(Ratio.parse(frozen["dispute_threshold"]), frozen["least_attestations"])


def standing(
    session: Session, obligations: Sequence[Obligation], now: dt.datetime
) -> list[StandingObligation]:
    """Return where obligations stand at ``now``, in their order.

    :param now: the database's clock; every stored fact lies before it.
    """
    deliveries = {obligation.id: delivery_of(obligation) for obligation in obligations}
    answers = _answers(session, deliveries)
    milestones = _milestones(session, deliveries)
    promises = _standing_milestones(session, [m for of in milestones.values() for m in of], deliveries, now)
    return [
        StandingObligation(
            obligation,
            answers[obligation.id][-1] if obligation.id in answers else None,
            len(answers.get(obligation.id, ())),
            tuple(promises[milestone.id] for milestone in milestones.get(obligation.id, ())),
            obligation_status(
                ObligationFacts(
                    obligation.created_at,
                    obligation.due_at,
                    [
                        Answer(answer.number, answer.answered_at, AnswerVerdict(answer.verdict))
                        for answer in answers.get(obligation.id, ())
                    ],
                ),
                now,
            ),
        )
        for obligation in obligations
    ]


def standing_milestones(
    session: Session, obligation: Obligation, milestones: Sequence[Milestone], now: dt.datetime
) -> list[StandingMilestone]:
    """Return where some promises of one obligation stand at ``now``, in their order."""
    found = _standing_milestones(session, milestones, {obligation.id: delivery_of(obligation)}, now)
    return [found[milestone.id] for milestone in milestones]


def _answers(
    session: Session, obligation_ids: Collection[uuid.UUID]
) -> Mapping[uuid.UUID, Sequence[AnswerRow]]:
    rows = session.scalars(
        sa.select(AnswerRow)
        .where(AnswerRow.obligation_id.in_(obligation_ids))
        .order_by(AnswerRow.obligation_id, AnswerRow.number)
    )
    found: dict[uuid.UUID, list[AnswerRow]] = defaultdict(list)
    for row in rows:
        found[row.obligation_id].append(row)
    return found


def _milestones(
    session: Session, obligation_ids: Collection[uuid.UUID]
) -> Mapping[uuid.UUID, Sequence[Milestone]]:
    rows = session.scalars(
        sa.select(Milestone)
        .where(Milestone.obligation_id.in_(obligation_ids))
        .order_by(Milestone.obligation_id, Milestone.position)
    )
    found: dict[uuid.UUID, list[Milestone]] = defaultdict(list)
    for row in rows:
        found[row.obligation_id].append(row)
    return found


def _standing_milestones(
    session: Session,
    milestones: Sequence[Milestone],
    deliveries: Mapping[uuid.UUID, Delivery],
    now: dt.datetime,
) -> Mapping[uuid.UUID, StandingMilestone]:
    ids = [milestone.id for milestone in milestones]
    later = aliased(EvidenceRow)
    replaced = sa.exists().where(
        later.milestone_id == EvidenceRow.milestone_id, later.round == EvidenceRow.round + 1
    )
    last = sa.select(EvidenceRow).where(EvidenceRow.milestone_id.in_(ids), ~replaced)
    evidence = {row.milestone_id: row for row in session.scalars(last)}
    counts = _counts(session, last)
    found = {}
    for milestone in milestones:
        shown = evidence.get(milestone.id)
        status = milestone_standing(
            milestone.due_at,
            deliveries[milestone.obligation_id],
            None if shown is None else Evidence(shown.round, shown.submitted_at),
            now,
            confirmed=counts.get((milestone.id, AttestationVerdict.CONFIRMED.value), 0),
            disputed=counts.get((milestone.id, AttestationVerdict.DISPUTED.value), 0),
        )
        found[milestone.id] = StandingMilestone(milestone, shown, status)
    return found


def _counts(session: Session, last: sa.Select[EvidenceRow]) -> Mapping[tuple[uuid.UUID, str], int]:
    """Count the members by their last word in the last round of each milestone."""
    later = aliased(AttestationRow)
    replaced = sa.exists().where(
        later.milestone_id == AttestationRow.milestone_id,
        later.round == AttestationRow.round,
        later.membership_id == AttestationRow.membership_id,
        later.revision == AttestationRow.revision + 1,
    )
    rounds = last.with_only_columns(EvidenceRow.milestone_id, EvidenceRow.round).subquery()
    rows = session.execute(
        sa.select(AttestationRow.milestone_id, AttestationRow.verdict, sa.func.count())
        .join(
            rounds,
            sa.and_(
                rounds.c.milestone_id == AttestationRow.milestone_id, rounds.c.round == AttestationRow.round
            ),
        )
        .where(~replaced)
        .group_by(AttestationRow.milestone_id, AttestationRow.verdict)
    )
    return {(milestone_id, verdict): number for milestone_id, verdict, number in rows}
