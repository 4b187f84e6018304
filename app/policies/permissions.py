"""Who may do what: roles, permissions, and the one map between them, as data.

A permission is granted when any of its clauses holds; a clause holds when all of its predicates hold (an OR
of ANDs of small pure predicates). The OpenAPI document (``x-permission``), the table in ``docs/permissions.md``
and the access tests are derived from :data:`PERMISSION_MAP`.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from app.domain.charter.powers import LIMITS, Power
from app.domain.charter.roles import Role

__all__ = ["PERMISSION_MAP", "Actor", "Permission", "Predicate", "Role", "allows", "granting_role"]


class Permission(StrEnum):
    """What an operation asks for."""

    COMMUNITY_READ = "community.read"
    COMMUNITY_UPDATE = "community.update"
    MEMBER_LIST = "member.list"
    MEMBERSHIP_READ = "membership.read"
    MEMBERSHIP_LEAVE = "membership.leave"
    INVITATION_CREATE = "invitation.create"
    INVITATION_LIST = "invitation.list"
    INVITATION_REVOKE = "invitation.revoke"
    ROLE_GRANT = "role.grant"
    ROLE_REVOKE = "role.revoke"
    MEMBER_VERIFY = "member.verify"
    TOKEN_READ = "token.read"  # noqa: S105 - the name of a permission, like those below
    TOKEN_READ_ALL = "token.read_all"  # noqa: S105
    TOKEN_ISSUE = "token.issue"  # noqa: S105
    TOKEN_BURN = "token.burn"  # noqa: S105
    TOKEN_TRANSFER = "token.transfer"  # noqa: S105
    BALLOT_LIST = "ballot.list"
    BALLOT_READ = "ballot.read"
    BALLOT_CREATE = "ballot.create"
    BALLOT_UPDATE = "ballot.update"
    BALLOT_DELETE = "ballot.delete"
    BALLOT_OPEN = "ballot.open"
    BALLOT_CLOSE = "ballot.close"
    BALLOT_CAST = "ballot.cast"
    BALLOT_OWN_VOTE = "ballot.own_vote"
    BALLOT_LOG = "ballot.log"
    BALLOT_SUSPEND = "ballot.suspend"
    DELEGATION_GIVE = "delegation.give"
    DELEGATION_REVOKE = "delegation.revoke"
    DELEGATION_READ = "delegation.read"
    DELEGATE_READ = "delegate.read"
    AUDIT_READ = "audit.read"
    LOG_READ = "log.read"
    CHARTER_READ = "charter.read"
    CHARTER_ACCEPT = "charter.accept"
    PROPOSAL_READ = "proposal.read"
    PROPOSAL_WRITE = "proposal.write"
    PROPOSAL_RAISE = "proposal.raise"
    PROPOSAL_SPONSOR = "proposal.sponsor"
    PROPOSAL_SUGGEST = "proposal.suggest"
    PROPOSAL_CLASSIFY = "proposal.classify"
    PROPOSAL_OPEN_VOTE = "proposal.open_vote"
    PROPOSAL_CONSENT = "proposal.consent"
    PROPOSAL_VETO = "proposal.veto"
    PROPOSAL_OVERRIDE = "proposal.override"
    PRECOMMITMENT_RECORD = "precommitment.record"
    OBLIGATION_READ = "obligation.read"
    OBLIGATION_ANSWER = "obligation.answer"
    MILESTONE_ATTEST = "milestone.attest"
    SCORECARD_READ = "scorecard.read"
    BOARD_READ = "board.read"
    BOARD_CREATE = "board.create"
    BOARD_UPDATE = "board.update"
    IDEA_WRITE = "idea.write"
    IDEA_POST = "idea.post"
    IDEA_SUPPORT = "idea.support"
    IDEA_MERGE = "idea.merge"
    IDEA_DECIDE_MERGE = "idea.decide_merge"
    IDEA_ANSWER = "idea.answer"
    IDEA_PROMOTE = "idea.promote"
    COMMENT_READ = "comment.read"
    COMMENT_WRITE = "comment.write"
    COMMENT_REVISE = "comment.revise"
    COMMENT_REACT = "comment.react"
    GROUP_READ = "group.read"
    GROUP_CREATE = "group.create"
    GROUP_JOIN = "group.join"
    GROUP_LEAVE = "group.leave"
    GROUP_STEWARD = "group.steward"
    GROUP_OVERSEE = "group.oversee"
    MODERATION_REPORT = "moderation.report"
    MODERATION_READ = "moderation.read"
    REPORT_LIST = "report.list"
    MODERATION_DECIDE = "moderation.decide"
    MODERATION_APPEAL = "moderation.appeal"
    MODERATION_APPEAL_DECIDE = "moderation.appeal_decide"


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever acts in a request, with the powers they hold at this moment.

    A visitor (nobody signed in) has no account; a signed-in account outside any community has no membership.
    ``reference`` is the random name under which the audit log knows them; ``role_used`` is the role that
    granted the permission this request asks for. ``powers`` are those that the charter version in force,
    ``charter_number``, gives to each role.
    """

    request_id: str
    account_id: uuid.UUID | None = None
    session_id: uuid.UUID | None = None
    reference: str | None = None
    community_id: uuid.UUID | None = None
    membership_id: uuid.UUID | None = None
    roles: frozenset[Role] = frozenset()
    role_used: Role | None = None
    charter_number: int | None = None
    powers: Mapping[Role, frozenset[Power]] = field(default_factory=dict)
    #: The groups whose steward they are; known where their roles alone do not let them in.
    stewarded: frozenset[uuid.UUID] = frozenset()
    #: Let in as the steward of some group: nothing is theirs to do before it is said in which group they act.
    confined: bool = False
    #: The role steward among ``roles`` is theirs in the one group in which they act.
    steward_by_group: bool = False

    @property
    def identity(self) -> str:
        """Stable name of whoever acts, unique in the installation; empty for a visitor."""
        return str(self.account_id or "")

    @property
    def role_name(self) -> str | None:
        """Name the role that was used, as the audit log does."""
        if self.role_used is Role.STEWARD and self.steward_by_group:
            return "group_steward"
        return None if self.role_used is None else self.role_used.value

    @property
    def writes(self) -> bool:
        """Whether the actor may change anything: auditors read everything and write nothing."""
        return Role.AUDITOR not in self.roles


@dataclass(frozen=True, slots=True)
class Predicate:
    """A named fact about an actor; ``title`` is how the documentation says it, ``role`` the role it asks for."""

    title: str
    holds: Callable[[Actor], bool]
    role: Role | None = None


def has(role: Role) -> Predicate:
    """Return the predicate that the actor holds ``role``."""
    return Predicate(role.value, lambda actor: role in actor.roles, role)


def empowered(role: Role, power: Power) -> Predicate:
    """Return the predicate that the charter in force gives ``power`` to ``role``."""
    return Predicate("the charter says so", lambda actor: power in actor.powers.get(role, ()))


IS_INSIDE = Predicate("member of the community", lambda actor: actor.membership_id is not None)
ANY_INSIDER = Predicate("any role", lambda actor: bool(actor.roles))
IS_MEMBER = has(Role.MEMBER)
IS_STEWARD = has(Role.STEWARD)
IS_BRAND_OWNER = has(Role.BRAND_OWNER)
IS_AUDITOR = has(Role.AUDITOR)
IS_GROUP_STEWARD = Predicate("steward of the group it belongs to", lambda actor: bool(actor.stewarded))
WRITES = Predicate("not an auditor", lambda actor: actor.writes)

Clause = tuple[Predicate, ...]

#: What belongs to the membership itself, whatever roles are left of it.
_INSIDE: tuple[Clause, ...] = ((IS_INSIDE,),)
_READ: tuple[Clause, ...] = ((ANY_INSIDER,),)
_RIGHTS: Mapping[Permission, tuple[Clause, ...]] = {
    Permission.COMMUNITY_READ: _READ,
    Permission.MEMBER_LIST: _READ,
    Permission.MEMBERSHIP_READ: _INSIDE,
    Permission.MEMBERSHIP_LEAVE: _INSIDE,
    Permission.INVITATION_LIST: ((IS_STEWARD,), (IS_BRAND_OWNER,), (IS_AUDITOR,)),
    Permission.TOKEN_READ: _READ,  # the totals, and one's own
    Permission.TOKEN_READ_ALL: ((IS_STEWARD,), (IS_BRAND_OWNER,), (IS_AUDITOR,)),
    Permission.BALLOT_LIST: _READ,
    Permission.BALLOT_READ: _READ,
    Permission.BALLOT_OWN_VOTE: ((IS_MEMBER, WRITES),),
    Permission.BALLOT_LOG: ((IS_MEMBER,), (IS_STEWARD,), (IS_BRAND_OWNER,), (IS_AUDITOR,)),
    Permission.DELEGATION_GIVE: ((IS_MEMBER, WRITES),),  # decision types say in which ballots it counts
    Permission.DELEGATION_REVOKE: ((IS_INSIDE, WRITES),),
    Permission.DELEGATION_READ: _INSIDE,  # what one gave and received; auditors: all
    Permission.DELEGATE_READ: _READ,
    Permission.AUDIT_READ: ((IS_AUDITOR,),),
    Permission.LOG_READ: _READ,
    Permission.CHARTER_READ: _READ,
    Permission.CHARTER_ACCEPT: ((ANY_INSIDER, WRITES),),
    Permission.PROPOSAL_READ: _READ,
    Permission.PROPOSAL_WRITE: ((ANY_INSIDER, WRITES),),  # what one wrote oneself, or one's own support
    Permission.OBLIGATION_READ: _READ,
    Permission.SCORECARD_READ: _READ,
    Permission.BOARD_READ: _READ,
    Permission.IDEA_WRITE: ((ANY_INSIDER, WRITES),),  # one's own idea, word or support
    Permission.COMMENT_READ: _READ,
    Permission.COMMENT_REVISE: ((ANY_INSIDER, WRITES),),  # what one wrote oneself, or one's own reaction
    Permission.GROUP_READ: _READ,
    Permission.GROUP_JOIN: ((ANY_INSIDER, WRITES),),  # the group says how one comes in
    Permission.GROUP_LEAVE: ((IS_INSIDE, WRITES),),
    Permission.GROUP_STEWARD: (
        (ANY_INSIDER, WRITES),
    ),  # its stewards, and whom the charter lets oversee groups
    Permission.MODERATION_READ: _READ,
    Permission.REPORT_LIST: ((IS_STEWARD,), (IS_AUDITOR,)),
    Permission.MODERATION_APPEAL: ((ANY_INSIDER, WRITES),),  # against what befell what one wrote
}


#: The powers that a group's stewards have in their group as the community's stewards have them everywhere, where the
#: charter gives them to stewards.
GROUP_STEWARD_POWERS = frozenset(
    {
        Power.BALLOT_CREATE,
        Power.BALLOT_UPDATE,
        Power.BALLOT_DELETE,
        Power.BALLOT_OPEN,
        Power.BOARD_CREATE,
        Power.BOARD_UPDATE,
        Power.IDEA_DECIDE_MERGE,
        Power.IDEA_ANSWER,
        Power.IDEA_PROMOTE,
    }
)


def _clauses(permission: Permission) -> tuple[Clause, ...]:
    """Return a right's clauses, or for a power one clause a role to which a charter may give it."""
    if permission in _RIGHTS:
        return _RIGHTS[permission]
    power = Power(permission.value)
    if (
        power is Power.BALLOT_CAST
    ):  # looked up when the roll is frozen: a later charter changes no open ballot
        return ((IS_MEMBER, WRITES),)
    given = tuple((has(role), empowered(role, power), WRITES) for role in Role if role in LIMITS[power])
    if power not in GROUP_STEWARD_POWERS:
        return given
    return (*given, (ANY_INSIDER, IS_GROUP_STEWARD, empowered(Role.STEWARD, power), WRITES))


#: What each permission takes. A permission that is no right is a power: it takes a role within the power's
#: limits *and* that the charter version in force gives this role the power.
PERMISSION_MAP: Mapping[Permission, tuple[Clause, ...]] = {
    permission: _clauses(permission) for permission in Permission
}


def allows(permission: Permission, actor: Actor) -> bool:
    """Say whether the map grants ``permission`` to ``actor``."""
    return any(all(p.holds(actor) for p in clause) for clause in PERMISSION_MAP[permission])


def granting_role(permission: Permission, actor: Actor) -> Role | None:
    """Return the role by which the map grants ``permission`` to ``actor``, for the audit log.

    Where no role in particular is asked for, the actor's first in the order of :class:`Role`. None when they hold
    none, and when nothing grants it.
    """
    for clause in PERMISSION_MAP[permission]:
        if all(p.holds(actor) for p in clause):
            named = [p.role for p in clause if p.role is not None]
            return named[0] if named else next((role for role in Role if role in actor.roles), None)
    return None
