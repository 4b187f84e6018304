"""The lifecycle tables: which action leads from which state to which, who does it, what is recorded. Data."""

from app.domain.lifecycle.ballot import (
    BALLOT_CLOCK,
    BALLOT_LIFECYCLE,
    BALLOT_TRANSITIONS,
    BallotAction,
    BallotState,
    BallotTimes,
    ballot_state,
)
from app.domain.lifecycle.proposal import (
    PROPOSAL_LIFECYCLE,
    ProposalAction,
    ProposalState,
    is_final,
    legal_actions,
    transition,
)
from app.domain.lifecycle.stages import (
    OverrideCall,
    Stage,
    StageRules,
    after_failed_override,
    after_override,
    after_pass,
    after_veto,
    after_veto_window,
    override_call,
    vote_opens_from,
)
from app.domain.lifecycle.table import Passage, Transition, Who

__all__ = [
    "BALLOT_CLOCK",
    "BALLOT_LIFECYCLE",
    "BALLOT_TRANSITIONS",
    "PROPOSAL_LIFECYCLE",
    "BallotAction",
    "BallotState",
    "BallotTimes",
    "OverrideCall",
    "Passage",
    "ProposalAction",
    "ProposalState",
    "Stage",
    "StageRules",
    "Transition",
    "Who",
    "after_failed_override",
    "after_override",
    "after_pass",
    "after_veto",
    "after_veto_window",
    "ballot_state",
    "is_final",
    "legal_actions",
    "override_call",
    "transition",
    "vote_opens_from",
]
