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
    MEMBER_VERIFY = "member.verify"
    TOKEN_ISSUE = "token.issue"  # noqa: S105 - the name of a power
    TOKEN_BURN = "token.burn"  # noqa: S105 - as above
    TOKEN_TRANSFER = "token.transfer"  # noqa: S105 - as above
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
    BOARD_CREATE = "board.create"
    BOARD_UPDATE = "board.update"
    IDEA_POST = "idea.post"
    IDEA_SUPPORT = "idea.support"
    IDEA_MERGE = "idea.merge"
    IDEA_DECIDE_MERGE = "idea.decide_merge"
    IDEA_ANSWER = "idea.answer"
    IDEA_PROMOTE = "idea.promote"
    COMMENT_WRITE = "comment.write"
    COMMENT_REACT = "comment.react"
    GROUP_CREATE = "group.create"
    GROUP_OVERSEE = "group.oversee"
    MODERATION_REPORT = "moderation.report"
    MODERATION_DECIDE = "moderation.decide"
    MODERATION_APPEAL_DECIDE = "moderation.appeal_decide"


_MEMBERS = frozenset({Role.MEMBER})
_STEWARDS = frozenset({Role.STEWARD})
_OWNERS = frozenset({Role.BRAND_OWNER})
_MANAGERS = frozenset({Role.STEWARD, Role.BRAND_OWNER})
_EVERYONE = frozenset({Role.MEMBER, Role.STEWARD, Role.BRAND_OWNER})

#: To which roles a charter may give a power. Auditors read everything and write nothing; only members vote,
#: sponsor, override, attest and support ideas, because ownership and facilitation carry no vote; only the brand
#: promises, answers and vetoes in the brand's name; only stewards hide, because what is hidden may be about the
#: brand (an owner may give an appeal in the author's favour where no steward is left to decide it).
LIMITS: Mapping[Power, frozenset[Role]] = {
    Power.COMMUNITY_UPDATE: _MANAGERS,
    Power.INVITATION_CREATE: _EVERYONE,
    Power.INVITATION_REVOKE: _MANAGERS,
    Power.ROLE_GRANT: _OWNERS,
    Power.ROLE_REVOKE: _OWNERS,
    Power.MEMBER_VERIFY: _MANAGERS,
    Power.TOKEN_ISSUE: _OWNERS,
    Power.TOKEN_BURN: _OWNERS,
    Power.TOKEN_TRANSFER: _EVERYONE,
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
    Power.BOARD_CREATE: _MANAGERS,
    Power.BOARD_UPDATE: _MANAGERS,
    Power.IDEA_POST: _EVERYONE,
    Power.IDEA_SUPPORT: _MEMBERS,
    Power.IDEA_MERGE: _EVERYONE,
    Power.IDEA_DECIDE_MERGE: _MANAGERS,
    Power.IDEA_ANSWER: _MANAGERS,
    Power.IDEA_PROMOTE: _MANAGERS,
    Power.COMMENT_WRITE: _EVERYONE,
    Power.COMMENT_REACT: _EVERYONE,
    Power.GROUP_CREATE: _EVERYONE,
    Power.GROUP_OVERSEE: _MANAGERS,
    Power.MODERATION_REPORT: _EVERYONE,
    Power.MODERATION_DECIDE: _STEWARDS,
    Power.MODERATION_APPEAL_DECIDE: _MANAGERS,
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
