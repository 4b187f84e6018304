"""The brand's veto, bound by window, listed grounds, public reason and quota; and the members' override."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.charter.decision_type import DecisionType
from app.domain.charter.document import VetoGround
from app.domain.errors import refuse
from app.domain.instants import instant
from app.domain.lifecycle import ProposalAction, ProposalState, Stage, after_veto, override_call
from app.models.proposals import Proposal, Veto
from app.policies.permissions import Actor, Permission
from app.services.ballots.for_proposals import open_for_proposal
from app.services.ballots.freezing import charter_digest
from app.services.groups.acting import acting_in
from app.services.proposals import finding
from app.services.proposals.frozen import charter_then, rule_of, stages_of
from app.services.proposals.steps import require, take

#: The year over which a quota counts: the 365 days before the veto.
QUOTA_PERIOD = dt.timedelta(days=365)


def of(session: Session, proposal: Proposal) -> Veto | None:
    """Return the veto of the proposal's present text, or None."""
    return session.get(Veto, (proposal.id, proposal.text_number))


def veto(
    session: Session, actor: Actor, proposal_id: uuid.UUID, ground_id: str, reason: str
) -> tuple[Proposal, dt.datetime]:
    """Veto a passed proposal within its window, by the rules frozen with its vote.

    Held under the community's row, so that two vetoes at once cannot use one quota twice.

    :raises Refusal: ``not-found``, ``illegal-step``; ``ground-not-listed``; ``veto-not-possible`` where the
        quota is used up.
    """
    assert actor.community_id is not None  # noqa: S101 - the edge resolved the community
    assert actor.membership_id is not None  # noqa: S101 - the edge resolved the membership
    finding.lock_community(session, actor.community_id)
    proposal, now = finding.locked(session, actor, proposal_id)
    require(ProposalAction.VETO, proposal)
    _require_in_window(proposal, now)
    rule = rule_of(proposal)
    ground = _listed_ground(session, proposal, rule, ground_id)
    used = _require_quota(session, proposal, rule, now)
    rules = stages_of(rule)
    call = override_call(now, rules, absolute=ground.absolute)
    session.add(
        Veto(
            proposal_id=proposal.id,
            text_number=proposal.text_number,
            community_id=actor.community_id,
            decision_type=proposal.decision_type,
            membership_id=actor.membership_id,
            ground=ground.id,
            absolute=ground.absolute,
            reason=reason,
            vetoed_at=now,
            override_from=None if call is None else call.opens_at,
            override_until=None if call is None else call.closes_at,
        )
    )
    take(
        session,
        actor,
        proposal,
        ProposalAction.VETO,
        at=now,
        stage=after_veto(now, rules, absolute=ground.absolute),
        reason=reason,
        content={
            "ground": ground.id,
            "absolute": ground.absolute,
            "quota": {"used": used + 1, "of": rule.veto.yearly_quota if rule.veto else 0},
            "override_from": None if call is None else instant(call.opens_at),
            "override_until": None if call is None else instant(call.closes_at),
        },
    )
    return proposal, now


def call_override(session: Session, actor: Actor, proposal_id: uuid.UUID) -> tuple[Proposal, dt.datetime]:
    """Open the vote over a veto: for or against what was vetoed, at its own threshold, with its own roll.

    :raises Refusal: ``not-found``, ``illegal-step``, ``override-not-possible``, ``empty-roll``, ``not-in-group``.
    """
    assert actor.community_id is not None  # noqa: S101 - the edge resolved the community
    proposal, now = finding.locked(session, actor, proposal_id)
    # Also in an archived group: a veto cannot be kept from its override by archiving.
    actor = acting_in(session, actor, proposal.group_id, Permission.PROPOSAL_OVERRIDE, archived=True)
    require(ProposalAction.CALL_OVERRIDE, proposal)
    vetoed, rule = of(session, proposal), rule_of(proposal)
    assert vetoed is not None  # noqa: S101 - its state says so
    assert proposal.charter_number is not None  # noqa: S101 - frozen when the vote opened
    rules = None if rule.veto is None else rule.veto.override
    _require_callable(proposal, vetoed, now)
    ballot = open_for_proposal(
        session,
        actor,
        community_id=proposal.community_id,
        proposal_id=proposal.id,
        group_id=proposal.group_id,
        kind="override",
        title=proposal.title,
        description=proposal.body,
        options=None,
        decision_type=rule,
        charter_number=proposal.charter_number,
        charter_digest=charter_digest(session, proposal.community_id, proposal.charter_number),
        matters=proposal.matters,
        precommitment=None,
        override=rules,
    )
    proposal.override_ballot_id = ballot.id
    take(
        session,
        actor,
        proposal,
        ProposalAction.CALL_OVERRIDE,
        at=now,
        stage=Stage(ProposalState.OVERRIDE_VOTING, now, ballot.closes_at),
        content={"ballot": str(ballot.id), "manifest_hash": ballot.manifest_hash, "ground": vetoed.ground},
    )
    return proposal, now


def uphold(session: Session, actor: Actor, proposal: Proposal, recorded_at: dt.datetime) -> None:
    """Write down that the time to call an override is over: the veto stands."""
    vetoed = of(session, proposal)
    assert vetoed is not None  # noqa: S101 - its state says so
    at = vetoed.override_until or vetoed.vetoed_at
    stage = Stage(ProposalState.VETOED, proposal.state_since, None)
    take(session, actor, proposal, ProposalAction.UPHOLD, at=at, stage=stage, recorded_at=recorded_at)


def can_be_overridden(proposal: Proposal, vetoed: Veto | None, now: dt.datetime) -> bool:
    """Say whether an override can be called at ``now``."""
    return (
        vetoed is not None
        and proposal.override_ballot_id is None
        and vetoed.override_from is not None
        and vetoed.override_until is not None
        and vetoed.override_from <= now < vetoed.override_until
    )


def _require_in_window(proposal: Proposal, now: dt.datetime) -> None:
    """Judge the window by itself: the step that ends it may have been put off by a defect."""
    if proposal.veto_ends_at is None or now >= proposal.veto_ends_at:
        raise refuse("veto-not-possible", "The window for a veto is over.")


def _listed_ground(session: Session, proposal: Proposal, rule: DecisionType, ground_id: str) -> VetoGround:
    ground = charter_then(session, proposal).veto_ground(ground_id)
    if rule.veto is None or ground is None or ground_id not in rule.veto.grounds:
        listed = ", ".join(rule.veto.grounds) if rule.veto else "none"
        raise refuse(
            "ground-not-listed",
            f'"{ground_id}" is no ground for a veto here; listed: {listed}.',
            errors=[("#/ground", "not listed by the decision type")],
        )
    return ground


def _require_quota(session: Session, proposal: Proposal, rule: DecisionType, now: dt.datetime) -> int:
    """Return how often the veto was used under this decision type in the year before."""
    used = session.execute(
        sa.select(sa.func.count())
        .select_from(Veto)
        .where(
            Veto.community_id == proposal.community_id,
            Veto.decision_type == proposal.decision_type,
            Veto.vetoed_at > now - QUOTA_PERIOD,
        )
    ).scalar_one()
    quota = 0 if rule.veto is None else rule.veto.yearly_quota
    if used >= quota:
        raise refuse(
            "veto-not-possible",
            f'The quota of {quota} in 365 days is used up under "{proposal.decision_type}".',
            extensions={"yearly_quota": quota, "used": used},
        )
    return used


def _require_callable(proposal: Proposal, vetoed: Veto, now: dt.datetime) -> None:
    if can_be_overridden(proposal, vetoed, now):
        return
    if vetoed.override_from is None or vetoed.override_until is None:
        detail = "This veto cannot be overridden: its ground is absolute, or the charter gives no override."
        raise refuse("override-not-possible", detail)
    if proposal.override_ballot_id is not None:
        raise refuse("override-not-possible", "The override has been voted on: the veto stands.")
    window = {
        "override_from": instant(vetoed.override_from),
        "override_until": instant(vetoed.override_until),
    }
    raise refuse(
        "override-not-possible",
        f"An override can be called from {window['override_from']} until {window['override_until']}.",
        extensions=window,
    )
