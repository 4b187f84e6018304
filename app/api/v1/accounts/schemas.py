"""What clients send and receive about their own accounts."""

from __future__ import annotations

from marshmallow import fields

from app.api.v1.sessions.schemas import Tokens
from app.domain.delegation import DelegationScope
from app.domain.groups import GroupStanding
from app.http.fields import (
    LINE,
    UUID,
    Boolean,
    Email,
    Enum,
    Instant,
    Integer,
    List,
    Representation,
    Strict,
    String,
)
from app.services.delegations.revoking import Reason
from app.services.identity.passwords import LONGEST, SHORTEST

_NEW_PASSWORD = {"description": "12 to 1,024 characters of any kind; length is what makes it strong."}


class Registration(Strict):
    """A person who opens an account."""

    email = Email(required=True, metadata={"description": "Kept in lower case; an address has one account."})
    password = String(min_length=SHORTEST, max_length=LONGEST, required=True, metadata=_NEW_PASSWORD)
    display_name = String(min_length=1, max_length=200, pattern=LINE, required=True)


class AccountChanges(Strict):
    """A merge patch (RFC 7396) of one's own account."""

    display_name = String(min_length=1, max_length=200, pattern=LINE)


class PasswordChange(Strict):
    """A new password, and the present one as proof."""

    current_password = String(min_length=1, max_length=LONGEST, required=True)
    new_password = String(min_length=SHORTEST, max_length=LONGEST, required=True, metadata=_NEW_PASSWORD)


class Account(Representation):
    """An account, as its owner sees it."""

    id = UUID()
    email = String(max_length=512)
    display_name = String(max_length=200)
    created_at = Instant()
    version = Integer()


class Registered(Tokens):
    """A new account with the tokens of its first session."""

    account = fields.Nested(Account)


class ExportedAccount(Account):
    """An account with the name under which the audit log knows it."""

    reference = String(max_length=36, metadata={"description": "The only name of you in the audit log."})


class ExportedSession(Representation):
    """One sign-in session, ended ones of the last 30 days included."""

    id = UUID()
    created_at = Instant()
    expires_at = Instant()
    revoked_at = Instant(allow_none=True)


class ExportedDelegation(Representation):
    """One delegation that the person gave, or an opt-out, ended ones included."""

    id = UUID()
    scope = Enum(DelegationScope)
    ballot_id = UUID(allow_none=True)
    decision_type = String(max_length=32, allow_none=True)
    delegate_id = UUID(allow_none=True, metadata={"description": "Null: the opt-out from wider ones."})
    given_at = Instant()
    expires_at = Instant(allow_none=True)
    revoked_at = Instant(allow_none=True)
    revoked_because = Enum(Reason, allow_none=True)


class ExportedGroup(Representation):
    """Where the person stands in one group."""

    group_id = UUID()
    standing = Enum(GroupStanding)
    steward = Boolean()
    since = Instant()


class ExportedMembership(Representation):
    """One membership, past ones included."""

    id = UUID()
    community_id = UUID()
    reference = String(max_length=36)
    display_name = String(max_length=200)
    joined_at = Instant()
    left_at = Instant(allow_none=True)
    verified_at = Instant(
        allow_none=True,
        metadata={"description": "When it was confirmed that the account is one person's only one."},
    )
    roles = List(String(max_length=20), max_items=None)
    delegations_given = List(fields.Nested(ExportedDelegation), max_items=None)
    delegations_received = Integer(
        metadata={
            "description": "How many were given to the person, ended ones included; by whom is not told."
        }
    )
    groups = List(fields.Nested(ExportedGroup), max_items=None)


class AccountExport(Representation):
    """What is kept about a person beside what they did inside communities."""

    account = fields.Nested(ExportedAccount)
    sessions = List(fields.Nested(ExportedSession), max_items=None)
    memberships = List(fields.Nested(ExportedMembership), max_items=None)
