"""Delegation: members let others vote for them, in a scope, until they vote themselves or take it back."""

from app.domain.delegation.chains import Outcome
from app.domain.delegation.evidence import evidence_digest, evidence_lines
from app.domain.delegation.explanation import explain, foresee
from app.domain.delegation.facts import (
    SCOPES,
    Delegation,
    DelegationCap,
    DelegationScope,
    Roll,
    as_weights,
)
from app.domain.delegation.resolution import Resolution, Sum, resolve, weigh_chains
from app.domain.delegation.running import RunningTally
from app.domain.delegation.selection import Selection, select

__all__ = [
    "SCOPES",
    "Delegation",
    "DelegationCap",
    "DelegationScope",
    "Outcome",
    "Resolution",
    "Roll",
    "RunningTally",
    "Selection",
    "Sum",
    "as_weights",
    "evidence_digest",
    "evidence_lines",
    "explain",
    "foresee",
    "resolve",
    "select",
    "weigh_chains",
]
