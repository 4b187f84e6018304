"""Finding proposals: who may see which, and holding one still while something is done to it."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.clock import database_now
from app.domain.errors import refuse
from app.domain.instants import to_milliseconds
from app.models.communities import Community
from app.models.proposals import Proposal, ProposalSponsor, ProposalStep, ProposalText
from app.policies.permissions import Actor
from app.services.access import StepsDue, proposal_due
from app.services.moderation.hiding import hidings, masked


def visible_to(actor: Actor) -> sa.Select[Proposal]:
    """Select the proposals an actor may see: all of their community's that were ever put to it, and their own."""
    return sa.select(Proposal).where(
        Proposal.community_id == actor.community_id,
        sa.or_(Proposal.submitted_at.is_not(None), Proposal.author_id == actor.membership_id),
    )


def of_kind(statement: sa.Select[Proposal], *, amendment: bool) -> sa.Select[Proposal]:
    """Narrow a selection to charter amendments, or to everything else."""
    return statement.where(Proposal.operations.is_not(None) if amendment else Proposal.operations.is_(None))


def by_due(statement: sa.Select[Proposal]) -> sa.Select[Proposal]:
    """Narrow a selection to proposals in which the clock takes a next step."""
    return statement.where(Proposal.due_at.is_not(None))


def read(session: Session, actor: Actor, proposal_id: uuid.UUID) -> Proposal:
    """Return one proposal.

    :raises Refusal: ``not-found`` where the actor may see no such proposal.
    """
    proposal = session.scalar(visible_to(actor).where(Proposal.id == proposal_id))
    if proposal is None:
        raise refuse("not-found")
    return proposal


def locked(
    session: Session, actor: Actor, proposal_id: uuid.UUID, *, shared: bool = False
) -> tuple[Proposal, dt.datetime]:
    """Return one proposal, its row locked, and the database's time since then in whole milliseconds.

    Whatever else of the community is locked (its row, for what must not race across proposals) was locked
    before: the order is community, proposal, ballot.

    :param shared: lock it against change alone: many may hold it so at once.
    :raises Refusal: ``not-found`` where the actor may see no such proposal.
    :raises StepsDue: where the instant of its next step has come, perhaps while waiting for the lock.
    """
    proposal = session.scalar(
        visible_to(actor)
        .where(Proposal.id == proposal_id)
        .with_for_update(of=Proposal, read=shared)
        .execution_options(populate_existing=True)
    )
    if proposal is None:
        raise refuse("not-found")
    now = to_milliseconds(database_now(session))
    if proposal.due_at is not None and proposal.due_at <= now:
        raise StepsDue(proposal.community_id)
    return proposal, now


def lock_community(session: Session, community_id: uuid.UUID) -> None:
    """Queue behind everything else that holds the community's row: enactments, vetoes and the clock's steps.

    Rows that merely point to the community can be written meanwhile.
    """
    session.execute(
        sa.select(Community.id).where(Community.id == community_id).with_for_update(key_share=True)
    )


def require_no_steps_due(session: Session, community_id: uuid.UUID) -> None:
    """Ask that no proposal's next step is due in the community: for what acts on the charter in force.

    :raises StepsDue: where one is, perhaps since a lock was waited for.
    """
    due = sa.exists().where(Proposal.community_id == community_id, proposal_due())
    if session.scalar(sa.select(due)):
        raise StepsDue(community_id)


def texts(session: Session, actor: Actor, proposal_id: uuid.UUID) -> sa.Select[ProposalText]:
    """Select the numbered texts of a proposal that the actor may see.

    :raises Refusal: ``not-found``; ``not-shown`` where they are hidden from the actor.
    """
    read(session, actor, proposal_id)
    if masked(session, actor, hidings(session, [proposal_id])):
        raise refuse("not-shown", "It is hidden.")
    return sa.select(ProposalText).where(ProposalText.proposal_id == proposal_id)


def history(session: Session, actor: Actor, proposal_id: uuid.UUID) -> sa.Select[ProposalStep]:
    """Select the steps of a proposal that the actor may see.

    :raises Refusal: ``not-found``.
    """
    read(session, actor, proposal_id)
    return sa.select(ProposalStep).where(ProposalStep.proposal_id == proposal_id)


def sponsors(session: Session, actor: Actor, proposal_id: uuid.UUID) -> sa.Select[ProposalSponsor]:
    """Select the sponsors of a proposal that the actor may see.

    :raises Refusal: ``not-found``.
    """
    read(session, actor, proposal_id)
    return sa.select(ProposalSponsor).where(ProposalSponsor.proposal_id == proposal_id)
