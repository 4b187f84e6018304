"""The facts of the scorecard, read in as many queries whatever there is of them, and the points of a series."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.lifecycle import ProposalAction, ProposalState
from app.domain.obligations import (
    Answer,
    AnswerVerdict,
    Attestation,
    AttestationVerdict,
    Delivery,
    Evidence,
    MilestoneFacts,
    ObligationFacts,
)
from app.domain.scorecard import Scorecard, ScorecardFacts, VetoFacts, scorecard, series
from app.models.obligations import Answer as AnswerRow
from app.models.obligations import Attestation as AttestationRow
from app.models.obligations import Evidence as EvidenceRow
from app.models.obligations import Milestone, Obligation
from app.models.proposals import ProposalStep, Veto
from app.services.obligations.precommitments import missing
from app.services.obligations.standing import delivery_of
from app.services.points import point, points

_Fact = TypeVar("_Fact")


def at_instant(
    session: Session, community_id: uuid.UUID, at: dt.datetime | None, now: dt.datetime
) -> Scorecard:
    """Return the scorecard at an instant; None: now.

    :param now: the database's clock, in whole milliseconds.
    :raises Refusal: ``conflict`` for the future.
    """
    return scorecard(facts(session, community_id), point(at, now))


def at_instants(
    session: Session,
    community_id: uuid.UUID,
    *,
    since: dt.datetime | None,
    until: dt.datetime | None,
    every: dt.timedelta,
    now: dt.datetime,
) -> list[Scorecard]:
    """Return the scorecard at each of some points; see :func:`app.services.points.points`.

    :raises Refusal: ``conflict``.
    """
    instants = points(since=since, until=until, every=every, now=now)
    return series(facts(session, community_id), instants)


def facts(session: Session, community_id: uuid.UUID) -> ScorecardFacts:
    """Read everything that a community's scorecard rests on."""
    obligations = session.scalars(sa.select(Obligation).where(Obligation.community_id == community_id)).all()
    answers = _answers(session, community_id)
    milestones = _milestones(session, community_id, {each.id: delivery_of(each) for each in obligations})
    return ScorecardFacts(
        obligations=[
            ObligationFacts(
                created_at=each.created_at,
                due_at=each.due_at,
                answers=answers.get(each.id, ()),
                milestones=milestones.get(each.id, ()),
            )
            for each in obligations
        ],
        vetoes=_vetoes(session, community_id),
        precommitments_missing=session.scalars(missing(community_id)).all(),
    )


def _answers(session: Session, community_id: uuid.UUID) -> Mapping[uuid.UUID, Sequence[Answer]]:
    rows = session.execute(
        sa.select(AnswerRow.obligation_id, AnswerRow.number, AnswerRow.answered_at, AnswerRow.verdict)
        .join(Obligation, Obligation.id == AnswerRow.obligation_id)
        .where(Obligation.community_id == community_id)
    )
    return _by_key((key, Answer(number, at, AnswerVerdict(verdict))) for key, number, at, verdict in rows)


def _milestones(
    session: Session, community_id: uuid.UUID, deliveries: Mapping[uuid.UUID, Delivery]
) -> Mapping[uuid.UUID, Sequence[MilestoneFacts]]:
    of_community = Milestone.community_id == community_id
    evidence = _by_key(
        (key, Evidence(number, at))
        for key, number, at in session.execute(
            sa.select(EvidenceRow.milestone_id, EvidenceRow.round, EvidenceRow.submitted_at)
            .join(Milestone, Milestone.id == EvidenceRow.milestone_id)
            .where(of_community)
        )
    )
    attestations = _by_key(
        (key, Attestation(number, member, revision, at, AttestationVerdict(verdict)))
        for key, number, member, revision, at, verdict in session.execute(
            sa.select(
                AttestationRow.milestone_id,
                AttestationRow.round,
                AttestationRow.membership_id,
                AttestationRow.revision,
                AttestationRow.attested_at,
                AttestationRow.verdict,
            )
            .join(Milestone, Milestone.id == AttestationRow.milestone_id)
            .where(of_community)
        )
    )
    rows = session.execute(
        sa.select(Milestone.id, Milestone.obligation_id, Milestone.promised_at, Milestone.due_at).where(
            of_community
        )
    )
    return _by_key(
        (
            obligation_id,
            MilestoneFacts(
                promised_at=promised_at,
                due_at=due_at,
                delivery=deliveries[obligation_id],
                evidence=evidence.get(key, ()),
                attestations=attestations.get(key, ()),
            ),
        )
        for key, obligation_id, promised_at, due_at in rows
    )


def _vetoes(session: Session, community_id: uuid.UUID) -> list[VetoFacts]:
    """Read the vetoes, each with when it was overridden by the proposal's history.

    A proposal put to the community again forgets what came of its earlier vote; its history does not.
    """
    overridden_at = (
        sa.select(sa.func.min(ProposalStep.at))
        .where(
            ProposalStep.proposal_id == Veto.proposal_id,
            ProposalStep.action == ProposalAction.CERTIFY_OVERRIDE.value,
            ProposalStep.target != ProposalState.VETOED.value,
            ProposalStep.at >= Veto.vetoed_at,
        )
        .scalar_subquery()
    )
    rows = session.execute(
        sa.select(Veto.vetoed_at, Veto.ground, overridden_at).where(Veto.community_id == community_id)
    )
    return [VetoFacts(at, ground, overridden) for at, ground, overridden in rows]


def _by_key(pairs: Iterable[tuple[uuid.UUID, _Fact]]) -> Mapping[uuid.UUID, Sequence[_Fact]]:
    found: dict[uuid.UUID, list[_Fact]] = defaultdict(list)
    for key, fact in pairs:
        found[key].append(fact)
    return found
