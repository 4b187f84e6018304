"""The one way in which a proposal moves: judged by the lifecycle table, written into its history and the log."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.errors import refuse
from app.domain.instants import instant
from app.domain.lifecycle import ProposalAction, ProposalState, Stage, Transition, legal_actions, transition
from app.models.proposals import Proposal, ProposalStep
from app.policies.permissions import Actor
from app.services.audit import SERVICE, Action, record

#: What an author says first of a new proposal; it is no action on one that exists.
CREATED = "create"


def service_in(community_id: uuid.UUID) -> Actor:
    """Return the service as whoever takes the clock's steps in a community."""
    return dataclasses.replace(SERVICE, community_id=community_id)


def require(action: ProposalAction, proposal: Proposal) -> Transition[ProposalState, ProposalAction]:
    """Return the table's row for an action that is legal in the proposal's state.

    :raises Refusal: ``illegal-step``, with the state, the action and the actions that are legal in it.
    """
    state = ProposalState(proposal.state)
    row = transition(action, state)
    if row is None:
        raise refuse(
            "illegal-step",
            f"The proposal is in state {state.value}: {action.value} is not open there.",
            extensions={
                "state": state.value,
                "action": action.value,
                "legal_actions": [each.value for each in legal_actions(state)],
            },
        )
    return row


def require_author(actor: Actor, proposal: Proposal) -> None:
    """Ask that the actor wrote the proposal.

    :raises Refusal: ``not-the-author``.
    """
    if actor.membership_id != proposal.author_id:
        raise refuse("not-the-author")


def take(
    session: Session,
    actor: Actor,
    proposal: Proposal,
    action: ProposalAction,
    *,
    at: dt.datetime,
    stage: Stage | None = None,
    reason: str | None = None,
    content: Mapping[str, Any] | None = None,
    recorded_at: dt.datetime | None = None,
) -> None:
    """Take one step: state, history and audit entry together.

    :param proposal: its row locked by the caller.
    :param at: when it takes effect; for a step of the clock when it fell due, however late anybody asked.
    :param stage: where it leads, a stage with a state; None: the proposal stays where it is, with its next step
        due as before.
    :param reason: public, kept in the history.
    :param content: what an outsider needs besides to follow the step; states and instants are added.
    :param recorded_at: when it is written down, where that is not ``at``.
    :raises Refusal: ``illegal-step``.
    """
    row = require(action, proposal)
    source = ProposalState(proposal.state)
    target = source if stage is None else stage.state
    if target is None or not row.may_lead_to(source, target):
        raise ValueError(f"{action.value} does not lead from {source.value} to {target}")
    if stage is not None:
        proposal.state, proposal.state_since, proposal.due_at = target.value, stage.since, stage.due_at
    _write(session, actor, proposal, action.value, source=source, at=at, reason=reason)
    record(
        session,
        actor,
        Action(row.records),
        ("proposal", proposal.id),
        {
            "action": action.value,
            "state": {"before": source.value, "after": target.value},
            "effective_at": instant(at),
            "due_at": None if proposal.due_at is None else instant(proposal.due_at),
            "reason": reason,
            **(content or {}),
        },
        at=recorded_at or at,
    )


def begin(session: Session, actor: Actor, proposal: Proposal, content: Mapping[str, Any]) -> None:
    """Write the first entry of a draft's history and of its trace in the log."""
    at = proposal.created_at
    _write(session, actor, proposal, CREATED, source=None, at=at, reason=None)
    record(session, actor, Action.PROPOSAL_CREATED, ("proposal", proposal.id), dict(content), at=at)


def conclude(session: Session, proposal_id: uuid.UUID, at: dt.datetime) -> None:
    """Close a proposal of which nothing is owed any more; one that is closed already stays as it is.

    :param at: when the last thing owed was done.
    """
    proposal = session.scalars(
        sa.select(Proposal)
        .where(Proposal.id == proposal_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if proposal.state == ProposalState.CLOSED:
        return
    stage = Stage(ProposalState.CLOSED, at, None)
    take(session, service_in(proposal.community_id), proposal, ProposalAction.CONCLUDE, at=at, stage=stage)


def _write(
    session: Session,
    actor: Actor,
    proposal: Proposal,
    action: str,
    *,
    source: ProposalState | None,
    at: dt.datetime,
    reason: str | None,
) -> None:
    proposal.history_count += 1
    session.add(
        ProposalStep(
            proposal_id=proposal.id,
            number=proposal.history_count,
            action=action,
            source=None if source is None else source.value,
            target=proposal.state,
            role=actor.role_used.value if actor.role_used else None,
            at=at,
            reason=reason,
        )
    )
    session.flush()
