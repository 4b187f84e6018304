"""The clock's steps: taken by whoever asks first after their instants, or by the worker, as if never late.

Each step is a transaction of its own and dated at the instant at which it fell due. All steps of a community
are taken in the order of those instants, because an amendment that takes effect on Monday changes what one of
Tuesday meets, whenever anybody asks.
"""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
import sqlalchemy.exc
from sqlalchemy.orm import Session

from app.db.clock import database_now
from app.db.units import Units
from app.domain.instants import to_milliseconds
from app.domain.lifecycle import ProposalAction, ProposalState, Stage, after_veto_window
from app.models.ballots import Ballot
from app.models.proposals import Proposal
from app.policies.permissions import Actor
from app.services.access import consequences_due, proposal_due
from app.services.ballots import closing
from app.services.proposals import finding, sponsoring, vetoes, voting
from app.services.proposals.enactment import take_effect
from app.services.proposals.frozen import rule_of, stages_of
from app.services.proposals.steps import service_in, take

#: A step that fails for no good reason is tried again after this long; meanwhile the community goes on.
POSTPONED_BY = dt.timedelta(seconds=60)
#: A transaction that lost a deadlock, or found the database locked, is run again this many times.
RETRIES = 3

logger = logging.getLogger("althing.settlement")


@dataclass(frozen=True, slots=True)
class Settled:
    """What a settlement did.

    :param steps: how many steps were taken.
    :param complete: whether every step that was due was taken.
    """

    steps: int
    complete: bool


@dataclass(slots=True)
class _Due:
    """The step that is due first: a proposal's, or the certification of a ballot opened directly."""

    proposal_id: uuid.UUID | None = None
    ballot_id: uuid.UUID | None = None


@dataclass(slots=True)
class _Progress:
    steps: int = 0
    retries: int = 0
    failed_ballots: set[uuid.UUID] = field(default_factory=set)
    complete: bool = True


def settle(units: Units, community_id: uuid.UUID) -> Settled:
    """Take every step that is due in a community, those that become due by it included.

    Any number of settlements may run at once: each step is taken once. A step that fails unexpectedly is
    logged and put off, so that a defect in one proposal does not stop a community.

    :raises sqlalchemy.exc.SQLAlchemyError: where the database, not a step, is at fault.
    """
    progress = _Progress()
    while _settle_one(units, community_id, progress):
        pass
    return Settled(progress.steps, progress.complete)


def waiting(session: Session, limit: int) -> list[uuid.UUID]:
    """Return communities in which steps are due, at most ``limit`` for each sort, the longest waiting first."""
    proposals = (
        sa.select(Proposal.community_id)
        .where(proposal_due())
        .group_by(Proposal.community_id)
        .order_by(sa.func.min(Proposal.due_at))
    )
    ballots = (
        sa.select(Ballot.community_id)
        .where(consequences_due())
        .group_by(Ballot.community_id)
        .order_by(sa.func.min(Ballot.closes_at))
    )
    found = [each for due in (proposals, ballots) for each in session.scalars(due.limit(limit))]
    return list(dict.fromkeys(found))


def _settle_one(units: Units, community_id: uuid.UUID, progress: _Progress) -> bool:
    """Take the step that is due first; False where none is."""
    due = None
    try:
        with units.write() as session:
            finding.lock_community(session, community_id)
            due = _first(session, community_id, progress.failed_ballots)
            if due is None:
                return False
            _take(session, community_id, due)
    except sqlalchemy.exc.OperationalError:
        progress.retries += 1
        if progress.retries > RETRIES:
            raise
    except Exception:
        if due is None:
            raise
        logger.exception(
            "a step failed and was put off",
            extra={"proposal": str(due.proposal_id), "ballot": str(due.ballot_id)},
        )
        progress.complete = False
        _put_off(units, due, progress)
    else:
        progress.steps += 1
        progress.retries = 0
    return True


def _first(session: Session, community_id: uuid.UUID, without: set[uuid.UUID]) -> _Due | None:
    proposal = session.execute(
        sa.select(Proposal.due_at, Proposal.id)
        .where(Proposal.community_id == community_id, proposal_due())
        .order_by(Proposal.due_at, Proposal.id)
        .limit(1)
    ).first()
    ballot = session.execute(
        sa.select(Ballot.closes_at, Ballot.id)
        .where(Ballot.community_id == community_id, consequences_due(), Ballot.id.not_in(without))
        .order_by(Ballot.closes_at, Ballot.id)
        .limit(1)
    ).first()
    if proposal is not None and (ballot is None or tuple(proposal) <= tuple(ballot)):
        return _Due(proposal_id=proposal.id)
    return None if ballot is None else _Due(ballot_id=ballot.id)


def _put_off(units: Units, due: _Due, progress: _Progress) -> None:
    """Let the others go first: a proposal's step for a while, a ballot's until the next settlement."""
    if due.ballot_id is not None:
        progress.failed_ballots.add(due.ballot_id)
        return
    with units.write() as session:
        until = to_milliseconds(database_now(session)) + POSTPONED_BY
        session.execute(
            sa.update(Proposal)
            .where(Proposal.id == due.proposal_id, proposal_due())
            .values(due_at=until)
            .execution_options(synchronize_session=False)
        )


def _take(session: Session, community_id: uuid.UUID, due: _Due) -> None:
    actor = service_in(community_id)
    if due.ballot_id is not None:
        closing.certify_due(session, actor, due.ballot_id)
        return
    proposal = session.scalars(
        sa.select(Proposal)
        .where(Proposal.id == due.proposal_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    now = to_milliseconds(database_now(session))
    if proposal.due_at is None or proposal.due_at > now:
        return  # its ballot's close was moved before we had the lock
    _STEPS[ProposalState(proposal.state)](session, actor, proposal, now)
    session.flush()


def _certify(session: Session, actor: Actor, proposal: Proposal, now: dt.datetime) -> None:
    assert proposal.ballot_id is not None  # noqa: S101 - its state says so
    verdict = voting.verdict_of(session, actor, proposal.ballot_id)
    if verdict is None:
        proposal.due_at = session.get_one(Ballot, proposal.ballot_id).closes_at
        return
    proposal.outcome, proposal.decided_at = verdict.outcome, verdict.closed_at
    if verdict.outcome == "passed":
        proposal.passed_at = verdict.closed_at
    stage = voting.stage_after(proposal, verdict)
    if stage.state is ProposalState.VETO_WINDOW:
        proposal.veto_ends_at = stage.due_at
    at, content = verdict.closed_at, verdict.content
    _move(session, actor, proposal, ProposalAction.CERTIFY, at=at, stage=stage, content=content, now=now)


def _end_veto_window(session: Session, actor: Actor, proposal: Proposal, now: dt.datetime) -> None:
    assert proposal.veto_ends_at is not None  # noqa: S101 - its state says so
    at = proposal.veto_ends_at
    stage = after_veto_window(at, stages_of(rule_of(proposal)))
    action = ProposalAction.END_VETO_WINDOW
    _move(session, actor, proposal, action, at=at, stage=stage, content={}, now=now)


def _certify_override(session: Session, actor: Actor, proposal: Proposal, now: dt.datetime) -> None:
    assert proposal.override_ballot_id is not None  # noqa: S101 - its state says so
    verdict = voting.verdict_of(session, actor, proposal.override_ballot_id)
    if verdict is None:
        proposal.due_at = session.get_one(Ballot, proposal.override_ballot_id).closes_at
        return
    if verdict.outcome == "passed":
        proposal.overridden_at = verdict.closed_at
    stage = voting.stage_after_override(proposal, verdict)
    action, at, content = ProposalAction.CERTIFY_OVERRIDE, verdict.closed_at, verdict.content
    _move(session, actor, proposal, action, at=at, stage=stage, content=content, now=now)


def _enact(session: Session, actor: Actor, proposal: Proposal, now: dt.datetime) -> None:
    at = proposal.state_since + rule_of(proposal).timelock
    stage = Stage(None, at, None)
    _move(session, actor, proposal, ProposalAction.ENACT, at=at, stage=stage, content={}, now=now)


def _move(
    session: Session,
    actor: Actor,
    proposal: Proposal,
    action: ProposalAction,
    *,
    at: dt.datetime,
    stage: Stage,
    content: Mapping[str, Any],
    now: dt.datetime,
) -> None:
    """Take a step of the clock; where no stage is left after it, the decision takes effect in the same step."""
    if stage.takes_effect:
        stage, effect = take_effect(session, actor, proposal, stage.since, now)
        content = {**content, **effect}
    take(session, actor, proposal, action, at=at, stage=stage, content=content, recorded_at=now)


_STEPS: Mapping[ProposalState, Callable[[Session, Actor, Proposal, dt.datetime], None]] = {
    ProposalState.SPONSORING: sponsoring.lapse,
    ProposalState.VOTING: _certify,
    ProposalState.VETO_WINDOW: _end_veto_window,
    ProposalState.VETOED: vetoes.uphold,
    ProposalState.OVERRIDE_VOTING: _certify_override,
    ProposalState.TIMELOCK: _enact,
    ProposalState.OVERRIDDEN: _enact,
}
