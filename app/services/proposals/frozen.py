"""The rules that hold for a proposal from the opening of its vote on, whatever the charter becomes."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.domain.charter.decision_type import DecisionType
from app.domain.charter.document import Charter
from app.domain.charter.reading import read_decision_type
from app.domain.lifecycle import StageRules
from app.models.proposals import Proposal
from app.services.charters.versions import charter_of


def rule_of(proposal: Proposal) -> DecisionType:
    """Return the decision type under which the vote was opened."""
    return read_decision_type(proposal.rules)


def charter_then(session: Session, proposal: Proposal) -> Charter:
    """Return the charter version under which the vote was opened."""
    assert proposal.charter_number is not None  # noqa: S101 - frozen when the vote opened
    return charter_of(session, proposal.community_id, proposal.charter_number)


def stages_of(rule: DecisionType) -> StageRules:
    """Return what a decision type says of the time after the vote."""
    veto = rule.veto
    override = None if veto is None else veto.override
    if override is None:
        return StageRules(None if veto is None else veto.window, rule.timelock)
    return StageRules(
        None if veto is None else veto.window,
        rule.timelock,
        override_cooling=override.cooling,
        override_call_within=override.call_within,
    )
