"""Who may do what: roles, permissions, and the one map between them, as data.

A permission is granted when any of its clauses holds; a clause holds when all of its predicates hold (an OR
of ANDs of small pure predicates). The OpenAPI document (``x-permission``), the table in ``docs/permissions.md``
and the access tests are derived from :data:`PERMISSION_MAP`.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """A power given per community. No role contains another: permissions do."""

    MEMBER = "member"
    STEWARD = "steward"
    BRAND_OWNER = "brand_owner"
    AUDITOR = "auditor"


class Permission(StrEnum):
    """What an operation asks for."""

    COMMUNITY_READ = "community.read"
    COMMUNITY_UPDATE = "community.update"
    MEMBER_LIST = "member.list"
    MEMBERSHIP_LEAVE = "membership.leave"
    INVITATION_CREATE = "invitation.create"
    INVITATION_LIST = "invitation.list"
    INVITATION_REVOKE = "invitation.revoke"
    ROLE_GRANT = "role.grant"
    ROLE_REVOKE = "role.revoke"
    HOLDING_READ = "holding.read"
    HOLDING_SET = "holding.set"
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
    AUDIT_READ = "audit.read"


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever acts in a request, with the powers they hold at this moment.

    A visitor (nobody signed in) has no account; a signed-in account outside any community has no membership.
    ``reference`` is the random name under which the audit log knows them; ``role_used`` is the role that
    granted the permission this request asks for.
    """

    request_id: str
    account_id: uuid.UUID | None = None
    session_id: uuid.UUID | None = None
    reference: str | None = None
    community_id: uuid.UUID | None = None
    membership_id: uuid.UUID | None = None
    roles: frozenset[Role] = frozenset()
    role_used: Role | None = None

    @property
    def identity(self) -> str:
        """Stable name of whoever acts, unique in the installation; empty for a visitor."""
        return str(self.account_id or "")

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


ANY_INSIDER = Predicate("any role", lambda actor: bool(actor.roles))
IS_MEMBER = has(Role.MEMBER)
IS_STEWARD = has(Role.STEWARD)
IS_BRAND_OWNER = has(Role.BRAND_OWNER)
IS_AUDITOR = has(Role.AUDITOR)
WRITES = Predicate("not an auditor", lambda actor: actor.writes)

Clause = tuple[Predicate, ...]

_READ: tuple[Clause, ...] = ((ANY_INSIDER,),)
_MANAGE: tuple[Clause, ...] = ((IS_STEWARD, WRITES), (IS_BRAND_OWNER, WRITES))
_OWN: tuple[Clause, ...] = ((IS_BRAND_OWNER, WRITES),)

PERMISSION_MAP: Mapping[Permission, tuple[Clause, ...]] = {
    Permission.COMMUNITY_READ: _READ,
    Permission.COMMUNITY_UPDATE: _OWN,
    Permission.MEMBER_LIST: _READ,
    Permission.MEMBERSHIP_LEAVE: _READ,
    Permission.INVITATION_CREATE: _MANAGE,
    Permission.INVITATION_LIST: (*_MANAGE, (IS_AUDITOR,)),
    Permission.INVITATION_REVOKE: _MANAGE,
    Permission.ROLE_GRANT: _OWN,
    Permission.ROLE_REVOKE: _OWN,
    Permission.HOLDING_READ: (*_MANAGE, (IS_AUDITOR,)),
    Permission.HOLDING_SET: _OWN,
    Permission.BALLOT_LIST: _READ,
    Permission.BALLOT_READ: _READ,
    Permission.BALLOT_CREATE: _MANAGE,
    Permission.BALLOT_UPDATE: _MANAGE,
    Permission.BALLOT_DELETE: _MANAGE,
    Permission.BALLOT_OPEN: _MANAGE,
    Permission.BALLOT_CLOSE: ((ANY_INSIDER, WRITES),),
    Permission.BALLOT_CAST: ((IS_MEMBER, WRITES),),
    Permission.BALLOT_OWN_VOTE: ((IS_MEMBER, WRITES),),
    Permission.BALLOT_LOG: ((IS_MEMBER,), (IS_STEWARD,), (IS_BRAND_OWNER,), (IS_AUDITOR,)),
    Permission.AUDIT_READ: ((IS_AUDITOR,),),
}


def allows(permission: Permission, actor: Actor) -> bool:
    """Say whether the map grants ``permission`` to ``actor``."""
    return any(all(p.holds(actor) for p in clause) for clause in PERMISSION_MAP[permission])


def granting_role(permission: Permission, actor: Actor) -> Role | None:
    """Return the role by which the map grants ``permission`` to ``actor``, for the audit log.

    Where any role will do, the actor's first in the order of :class:`Role`. None when nothing grants it.
    """
    for clause in PERMISSION_MAP[permission]:
        if all(p.holds(actor) for p in clause):
            named = [p.role for p in clause if p.role is not None]
            return named[0] if named else next(role for role in Role if role in actor.roles)
    return None
