"""Ballots that a proposal leads to: its vote, and the vote over a veto. They open as they are made."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.clock import database_now
from app.domain import counting
from app.domain.charter.decision_type import DecisionType, OverrideRule
from app.domain.counting.settings import OptionSetting
from app.domain.errors import refuse
from app.domain.instants import to_milliseconds
from app.models.ballots import Ballot
from app.models.proposals import Proposal
from app.policies.permissions import Actor
from app.services.ballots.decision_types import fixed_facts, rules_of
from app.services.ballots.drafts import put_options
from app.services.ballots.freezing import Terms, freeze
from app.services.ballots.rules import check_rules
from app.services.charters.versions import charter_of

ProposalVote = Literal["proposal", "amendment", "override"]

#: The option of a proposal that stands for no change, where there is one.
STATUS_QUO = "status_quo"

_YES_NO = "yes_no"


def open_for_proposal(
    session: Session,
    actor: Actor,
    *,
    community_id: uuid.UUID,
    proposal_id: uuid.UUID,
    group_id: uuid.UUID | None,
    kind: ProposalVote,
    title: str,
    description: str,
    options: Sequence[Mapping[str, Any]] | None,
    decision_type: DecisionType,
    charter_number: int,
    charter_digest: str,
    matters: Sequence[str],
    precommitment: Mapping[str, Any] | None,
    opens_at: dt.datetime | None = None,
    override: OverrideRule | None = None,
) -> Ballot:
    """Make a ballot and open it at once: roll, weights and rules are frozen now, whenever voting begins.

    Nobody can draft, change or delete it through the ballots' own operations. Its audit entry is that of every
    opening; the proposal's own step is the caller's to record.

    :param group_id: the group that votes; None: the community. The caller has judged whether it may.
    :param options: ``{"id", "title", "description"}`` of a choice, in order; None for a vote for or against.
        One whose id is ``status_quo`` stands for no change, where the method knows such an option.
    :param decision_type: as the charter version ``charter_number`` states it.
    :param matters: ids of the reserved matters, admitted by the caller.
    :param precommitment: what the brand said will follow, as it is to be published; None where it said nothing.
    :param opens_at: when voting begins, not in the past; None: now.
    :param override: the rules of a vote over a veto, which is always for or against; its threshold, quorum, token
        majority and voting period take the place of the type's, and the late-quorum extension, which belongs to
        these, falls away. Required with ``kind`` ``override``, and with no other.
    :raises Refusal: ``invalid-question``, ``invalid-period``, ``empty-roll``.
    """
    if (override is not None) != (kind == "override"):
        raise ValueError("the rules of an override come with an override, and only with one")
    now = to_milliseconds(database_now(session))
    ballot = _made(decision_type, options, override)
    ballot.community_id, ballot.group_id = community_id, group_id
    ballot.proposal_id, ballot.kind = proposal_id, kind
    ballot.title, ballot.description = title, description
    ballot.opens_at, ballot.created_at = opens_at, now
    check_rules(ballot)
    session.add(ballot)
    session.flush()
    charter = charter_of(session, community_id, charter_number)
    terms = Terms(charter, charter_number, charter_digest, decision_type, matters, precommitment)
    freeze(session, actor, ballot, terms, now)
    return ballot


def check_vote(decision_type: DecisionType, options: Sequence[Mapping[str, Any]] | None) -> None:
    """Refuse options that a vote under a decision type could not be held on; for when a proposal is submitted.

    :raises Refusal: ``invalid-question``, with a pointer to each part at fault.
    """
    check_rules(_made(decision_type, options, None))


def follow_the_close(session: Session, ballot: Ballot) -> None:
    """Have the proposal's next step fall due when its vote closes now; for whatever moves ``closes_at``."""
    if ballot.proposal_id is None:
        return
    session.execute(
        sa.update(Proposal)
        .where(
            Proposal.id == ballot.proposal_id,
            sa.or_(
                sa.and_(Proposal.ballot_id == ballot.id, Proposal.state == "voting"),
                sa.and_(Proposal.override_ballot_id == ballot.id, Proposal.state == "override_voting"),
            ),
        )
        .values(due_at=ballot.closes_at)
        .execution_options(synchronize_session=False)
    )


def _made(
    rule: DecisionType, options: Sequence[Mapping[str, Any]] | None, override: OverrideRule | None
) -> Ballot:
    ballot = Ballot(description="", **rules_of(rule), **fixed_facts(rule), **rule.weighing(rule.weighting))
    if override is not None:
        ballot.method, ballot.settings, ballot.seats = _YES_NO, {}, 1
        written = override.to_json()
        ballot.threshold, ballot.quorum = written["threshold"], written["quorum"]
        ballot.token_majority = written["token_majority"]
        ballot.voting_period_seconds = int(override.voting_period.total_seconds())
        ballot.late_quorum_extension_seconds = None
    elif rule.method != _YES_NO:
        given = [] if options is None else options
        if any(option.get("id") == STATUS_QUO for option in given) and _knows_status_quo(rule.method):
            ballot.settings = {STATUS_QUO: STATUS_QUO} | ballot.settings
    elif options:
        raise refuse("invalid-question", errors=[("#/options", "a vote for or against has no options")])
    put_options(ballot, [] if override is not None or options is None else options)
    return ballot


def _knows_status_quo(method: str) -> bool:
    return any(
        isinstance(setting, OptionSetting) and setting.name == STATUS_QUO
        for setting in counting.METHODS[method].settings
    )
