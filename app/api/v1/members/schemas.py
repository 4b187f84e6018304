"""What clients send and receive about members and their roles."""

from __future__ import annotations

import marshmallow as ma

from app.http.fields import UUID, Boolean, Instant, Integer, Representation, Strict, String
from app.http.fields import Enum as EnumField
from app.policies.permissions import Role


class Member(Representation):
    """A person's membership in one community."""

    id = UUID()
    community_id = UUID()
    reference = String(
        max_length=36, metadata={"description": "The random name by which logs and audit entries know them."}
    )
    display_name = String(max_length=200)
    roles = ma.fields.Method("dump_roles", metadata={"type": "array", "items": {"type": "string"}})
    joined_at = Instant()
    verified_at = Instant(
        allow_none=True,
        metadata={
            "description": "When somebody verified that the account is one person's, and their only one."
        },
    )
    verified_by = UUID(allow_none=True, metadata={"description": "The member who did."})
    accepted_charter_version = Integer(
        allow_none=True, metadata={"description": "The newest version of the charter they accepted."}
    )
    charter_acceptance_due = Boolean(
        metadata={
            "description": "Whether a newer version than that is in force, which they have not accepted."
        }
    )
    version = Integer()

    def dump_roles(self, membership: object) -> list[str]:
        """List the roles in the order of their names."""
        return sorted(entry.role for entry in membership.roles)  # type: ignore[attr-defined]


class RoleGrant(Strict):
    """A role about to be given."""

    role = EnumField(Role, required=True)
