"""From discussion to the vote, and from its result to what follows."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from app.domain.charter.words import DecisionKind
from app.domain.errors import refuse
from app.domain.instants import instant
from app.domain.lifecycle import (
    ProposalAction,
    ProposalState,
    Stage,
    after_failed_override,
    after_override,
    after_pass,
    vote_opens_from,
)
from app.models.ballots import Ballot
from app.models.proposals import Proposal
from app.policies.permissions import Actor, Permission
from app.services.ballots import closing
from app.services.ballots.decision_types import require_for_groups
from app.services.ballots.for_proposals import STATUS_QUO, open_for_proposal
from app.services.ballots.freezing import charter_to_open_under
from app.services.charters.amending import decision_type
from app.services.groups.acting import acting_in
from app.services.moderation.hiding import require_not_hidden
from app.services.obligations import precommitments
from app.services.proposals import finding
from app.services.proposals.frozen import rule_of, stages_of
from app.services.proposals.questions import Footing, check_admission, check_form, check_still_fits, kind_of
from app.services.proposals.steps import require, take

#: Of a choice, when nothing was chosen over what there is; else as the ballot's result says.
_NOTHING_CHOSEN = "rejected"


def open_vote(session: Session, actor: Actor, proposal_id: uuid.UUID) -> tuple[Proposal, dt.datetime]:
    """Lock the text and open the ballot, under the decision type as the charter in force states it now.

    That copy is frozen: no later charter changes anything about this vote or what follows from it.

    :return: the proposal, and the instant from which the vote runs.
    :raises Refusal: ``not-found``, ``illegal-step``, ``not-shown``, ``unknown-decision-type``,
        ``discussion-not-over``, ``precommitment-missing``, ``reserved-matter``, ``invalid-amendment``,
        ``entrenched``, ``invalid-question``, ``empty-roll``; of a group's ``not-in-group``, ``group-archived``,
        ``not-for-groups``.
    """
    assert actor.community_id is not None  # noqa: S101 - the edge resolved the community
    charter, number, digest = charter_to_open_under(session, actor.community_id)
    proposal, now = finding.locked(session, actor, proposal_id)
    actor = acting_in(session, actor, proposal.group_id, Permission.PROPOSAL_OPEN_VOTE)
    require(ProposalAction.OPEN_VOTE, proposal)
    require_not_hidden(session, proposal.id)
    finding.require_no_steps_due(session, proposal.community_id)
    kind = kind_of(proposal)
    on = Footing(number, charter, decision_type(charter, proposal.decision_type, kind))
    require_for_groups(on.rule, proposal.group_id)
    stated = precommitments.latest(session, proposal_id=proposal.id)
    _require_discussed(proposal, on, now, precommitted=stated is not None)
    check_admission(charter, proposal.matters)
    check_form(on.rule, proposal.options, proposal.operations)
    check_still_fits(proposal, on)
    ballot = open_for_proposal(
        session,
        actor,
        community_id=proposal.community_id,
        proposal_id=proposal.id,
        group_id=proposal.group_id,
        kind="amendment" if kind is DecisionKind.AMENDMENT else "proposal",
        title=proposal.title,
        description=proposal.body,
        options=proposal.options,
        decision_type=on.rule,
        charter_number=number,
        charter_digest=digest,
        matters=proposal.matters,
        precommitment=stated,
        opens_at=None,
    )
    proposal.ballot_id = ballot.id
    proposal.charter_number, proposal.rules = number, on.rule.to_json()
    take(
        session,
        actor,
        proposal,
        ProposalAction.OPEN_VOTE,
        at=now,
        stage=Stage(ProposalState.VOTING, now, ballot.closes_at),
        content={
            "ballot": str(ballot.id),
            "manifest_hash": ballot.manifest_hash,
            "charter": {"version": number, "digest": digest},
            "text_number": proposal.text_number,
            "matters": list(proposal.matters),
            "basis": proposal.basis,
            "precommitted": stated is not None,
        },
    )
    return proposal, now


def opens_from(proposal: Proposal, on: Footing, *, precommitted: bool) -> dt.datetime | None:
    """Return from when on a proposal's vote can be opened; None while its discussion has not begun."""
    if proposal.discussion_ends_at is None:
        return None
    waits = on.rule.precommitment_within if on.rule.owes_answer else None
    return vote_opens_from(proposal.discussion_ends_at, waits, precommitted=precommitted)


def _require_discussed(proposal: Proposal, on: Footing, now: dt.datetime, *, precommitted: bool) -> None:
    opens_at = opens_from(proposal, on, precommitted=precommitted)
    assert opens_at is not None  # noqa: S101 - its state is discussion
    assert proposal.discussion_ends_at is not None  # noqa: S101 - as above
    if now < proposal.discussion_ends_at:
        raise refuse(
            "discussion-not-over",
            f"The discussion runs until {instant(proposal.discussion_ends_at)}.",
            extensions={"discussion_ends_at": instant(proposal.discussion_ends_at)},
        )
    if now < opens_at:
        raise refuse(
            "precommitment-missing",
            f"The vote waits for the brand's pre-commitment until {instant(opens_at)}, and opens without it then.",
            extensions={"vote_opens_from": instant(opens_at)},
        )


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a certified ballot says of the proposal.

    :param outcome: passed, rejected or inquorate.
    :param closed_at: when its voting ended: whatever follows counts from then.
    :param content: what the audit entry says of the result.
    """

    outcome: str
    ballot: Ballot
    closed_at: dt.datetime
    content: dict[str, Any]


def verdict_of(session: Session, actor: Actor, ballot_id: uuid.UUID) -> Verdict | None:
    """Return what a closed ballot says, counting it now if nobody has; None where voting has not ended.

    :param actor: the service.
    """
    certified = closing.certified(session, actor, ballot_id)
    if certified is None:
        return None
    result = json.loads(certified.body)
    ballot = session.get_one(Ballot, ballot_id)
    assert ballot.closes_at is not None  # noqa: S101 - it was opened
    outcome, winners = result["outcome"], result["winners"]
    if outcome == "decided":
        # The status quo stands for no change: where it wins, or nothing does, nothing follows.
        outcome = "passed" if any(winner != STATUS_QUO for winner in winners) else _NOTHING_CHOSEN
    content = {
        "ballot": str(ballot_id),
        "result_digest": certified.digest,
        "outcome": outcome,
        "winners": winners,
        "closed_at": instant(ballot.closes_at),
    }
    return Verdict(outcome, ballot, ballot.closes_at, content)


def stage_after(proposal: Proposal, verdict: Verdict) -> Stage:
    """Return where the result of a proposal's vote leads, under its frozen rules."""
    if verdict.outcome != "passed":
        return Stage(ProposalState(verdict.outcome), verdict.closed_at, None)
    return after_pass(verdict.closed_at, stages_of(rule_of(proposal)))


def stage_after_override(proposal: Proposal, verdict: Verdict) -> Stage:
    """Return where the result of the vote over a veto leads, under the proposal's frozen rules."""
    if verdict.outcome != "passed":
        return after_failed_override(verdict.closed_at)
    return after_override(verdict.closed_at, stages_of(rule_of(proposal)))
