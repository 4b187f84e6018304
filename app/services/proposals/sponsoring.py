"""Sponsors: members who want a proposal to be discussed and voted on, counted exactly."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from app.domain.charter.decision_type import DecisionType
from app.domain.errors import refuse
from app.domain.lifecycle import ProposalAction, ProposalState, Stage
from app.models.proposals import Proposal, ProposalSponsor
from app.policies.permissions import Actor, Permission
from app.services.charters.versions import charter_of
from app.services.groups.acting import acting_in
from app.services.moderation.hiding import require_not_hidden
from app.services.proposals.drafting import discussed, ends
from app.services.proposals.steps import require, take


def rule_before_the_vote(session: Session, proposal: Proposal) -> DecisionType:
    """Return the decision type under which a proposal was put to the community, as it read then."""
    assert proposal.base_number is not None  # noqa: S101 - set when it is submitted
    charter = charter_of(session, proposal.community_id, proposal.base_number)
    rule = charter.decision_type(proposal.decision_type)
    assert rule is not None  # noqa: S101 - it was judged by that version
    return rule


def sponsor(session: Session, actor: Actor, proposal: Proposal, now: dt.datetime) -> None:
    """Support a proposal; the last sponsor needed opens the discussion. Doing so again changes nothing.

    The row's lock makes the count exact.

    :raises Refusal: ``illegal-step``, ``not-shown``, and ``conflict`` for its author, who counts as none; of a
        group's ``not-in-group``, ``group-archived``.
    """
    assert actor.membership_id is not None  # noqa: S101 - the edge resolved the membership
    if session.get(ProposalSponsor, (proposal.id, actor.membership_id)) is not None:
        return
    actor = acting_in(session, actor, proposal.group_id, Permission.PROPOSAL_SPONSOR)
    require(ProposalAction.SPONSOR, proposal)
    require_not_hidden(session, proposal.id)
    if actor.membership_id == proposal.author_id:
        raise refuse("conflict", "Whoever wrote a proposal is none of its sponsors.")
    session.add(ProposalSponsor(proposal_id=proposal.id, membership_id=actor.membership_id, sponsored_at=now))
    proposal.sponsor_count += 1
    rule = rule_before_the_vote(session, proposal)
    reached = proposal.sponsor_count >= rule.sponsors
    stage = discussed(proposal, rule, now) if reached else None
    content = {
        "sponsors": proposal.sponsor_count,
        "needed": rule.sponsors,
        "discussion_ends_at": ends(proposal),
    }
    take(session, actor, proposal, ProposalAction.SPONSOR, at=now, stage=stage, content=content)


def unsponsor(session: Session, actor: Actor, proposal: Proposal, now: dt.datetime) -> None:
    """Take one's own support back while sponsors are still being sought; without any, nothing changes.

    :raises Refusal: ``illegal-step``.
    """
    require(ProposalAction.UNSPONSOR, proposal)
    held = session.get(ProposalSponsor, (proposal.id, actor.membership_id))
    if held is None:
        return
    session.delete(held)
    proposal.sponsor_count -= 1
    content = {"sponsors": proposal.sponsor_count}
    take(session, actor, proposal, ProposalAction.UNSPONSOR, at=now, content=content)


def lapse(session: Session, actor: Actor, proposal: Proposal, recorded_at: dt.datetime) -> None:
    """End a proposal that did not find its sponsors in time."""
    assert proposal.due_at is not None  # noqa: S101 - it is what brought us here
    rule, at = rule_before_the_vote(session, proposal), proposal.due_at
    take(
        session,
        actor,
        proposal,
        ProposalAction.LAPSE,
        at=at,
        stage=Stage(ProposalState.LAPSED, at, None),
        content={"sponsors": proposal.sponsor_count, "needed": rule.sponsors},
        recorded_at=recorded_at,
    )
