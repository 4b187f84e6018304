"""The powers that a charter hands to roles, and the furthest that any charter can go.

Everything that changes something inside a community asks for one of these, and the charter version in force
says which roles hold it. Reading, leaving, accepting the charter and changing what one wrote oneself are rights:
no charter gives them and none takes them away.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from app.domain.charter.roles import Role


class Power(StrEnum):
    """What a charter can give to a role; the values are those of the permissions that ask for them."""

    COMMUNITY_UPDATE = "community.update"
    INVITATION_CREATE = "invitation.create"
    INVITATION_REVOKE = "invitation.revoke"
    ROLE_GRANT = "role.grant"
    ROLE_REVOKE = "role.revoke"
    HOLDING_SET = "holding.set"
    BALLOT_CREATE = "ballot.create"
    BALLOT_UPDATE = "ballot.update"
    BALLOT_DELETE = "ballot.delete"
    BALLOT_OPEN = "ballot.open"
    BALLOT_CLOSE = "ballot.close"
    BALLOT_CAST = "ballot.cast"
    BALLOT_SUSPEND = "ballot.suspend"
    PROPOSAL_RAISE = "proposal.raise"
    PROPOSAL_SPONSOR = "proposal.sponsor"
    PROPOSAL_SUGGEST = "proposal.suggest"
    PROPOSAL_CLASSIFY = "proposal.classify"
    PROPOSAL_OPEN_VOTE = "proposal.open_vote"
    PROPOSAL_CONSENT = "proposal.consent"
    PROPOSAL_VETO = "proposal.veto"
    PROPOSAL_OVERRIDE = "proposal.override"
    PRECOMMITMENT_RECORD = "precommitment.record"
    OBLIGATION_ANSWER = "obligation.answer"
    MILESTONE_ATTEST = "milestone.attest"


_MEMBERS = frozenset({Role.MEMBER})
_OWNERS = frozenset({Role.BRAND_OWNER})
_MANAGERS = frozenset({Role.STEWARD, Role.BRAND_OWNER})
_EVERYONE = frozenset({Role.MEMBER, Role.STEWARD, Role.BRAND_OWNER})

#: To which roles a charter may give a power. Auditors read everything and write nothing; only members vote,
#: sponsor, override and attest, because ownership and facilitation carry no vote; only the brand promises,
#: answers and vetoes in the brand's name.
LIMITS: Mapping[Power, frozenset[Role]] = {
    Power.COMMUNITY_UPDATE: _MANAGERS,
    Power.INVITATION_CREATE: _EVERYONE,
    Power.INVITATION_REVOKE: _MANAGERS,
    Power.ROLE_GRANT: _OWNERS,
    Power.ROLE_REVOKE: _OWNERS,
    Power.HOLDING_SET: _OWNERS,
    Power.BALLOT_CREATE: _EVERYONE,
    Power.BALLOT_UPDATE: _EVERYONE,
    Power.BALLOT_DELETE: _EVERYONE,
    Power.BALLOT_OPEN: _EVERYONE,
    Power.BALLOT_CLOSE: _EVERYONE,
    Power.BALLOT_CAST: _MEMBERS,
    Power.BALLOT_SUSPEND: _MANAGERS,
    Power.PROPOSAL_RAISE: _EVERYONE,
    Power.PROPOSAL_SPONSOR: _MEMBERS,
    Power.PROPOSAL_SUGGEST: _EVERYONE,
    Power.PROPOSAL_CLASSIFY: _MANAGERS,
    Power.PROPOSAL_OPEN_VOTE: _EVERYONE,
    Power.PROPOSAL_CONSENT: _MANAGERS,
    Power.PROPOSAL_VETO: _OWNERS,
    Power.PROPOSAL_OVERRIDE: _MEMBERS,
    Power.PRECOMMITMENT_RECORD: _OWNERS,
    Power.OBLIGATION_ANSWER: _OWNERS,
    Power.MILESTONE_ATTEST: _MEMBERS,
}

#: Without these a charter could not be lived under: nobody could vote, or raise what changes it.
INDISPENSABLE: Mapping[Power, Role] = {
    Power.BALLOT_CAST: Role.MEMBER,
    Power.PROPOSAL_RAISE: Role.MEMBER,
    Power.PROPOSAL_SPONSOR: Role.MEMBER,
    Power.PROPOSAL_OPEN_VOTE: Role.MEMBER,
    Power.ROLE_GRANT: Role.BRAND_OWNER,
    Power.OBLIGATION_ANSWER: Role.BRAND_OWNER,
}
