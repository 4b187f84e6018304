"""The one way into the audit log: each change writes its entry in the same transaction, through :func:`record`."""

from __future__ import annotations

import datetime as dt
import hmac
import secrets
import uuid
from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.clock import database_now
from app.domain.canonical_json import canonical_json
from app.domain.instants import instant
from app.domain.translog.hashing import leaf_hash
from app.models.audit import INSTALLATION_LOG, AuditContent, AuditEntry
from app.models.ids import random_id
from app.policies.permissions import Actor


class Action(StrEnum):
    """What an entry reports. Values are stable: auditors filter by them."""

    ACCOUNT_REGISTERED = "account.registered"
    ACCOUNT_UPDATED = "account.updated"
    ACCOUNT_ERASED = "account.erased"
    PASSWORD_CHANGED = "account.password_changed"  # noqa: S105 - the name of an event
    SESSION_STARTED = "session.started"
    SESSION_REFRESHED = "session.refreshed"
    SESSION_REVOKED = "session.revoked"
    SESSION_REUSE_DETECTED = "session.reuse_detected"
    KEY_ROTATED = "key.rotated"
    KEY_RETIRED = "key.retired"
    LOG_KEY_ROTATED = "log.key_rotated"
    LOG_RESUMED = "log.resumed"
    COMMUNITY_FOUNDED = "community.founded"
    COMMUNITY_UPDATED = "community.updated"
    MEMBER_JOINED = "member.joined"
    MEMBER_LEFT = "member.left"
    MEMBER_ERASED = "member.erased"
    ROLE_GRANTED = "role.granted"
    ROLE_REVOKED = "role.revoked"
    MEMBER_VERIFIED = "member.verified"
    MEMBER_UNVERIFIED = "member.unverified"
    INVITATION_CREATED = "invitation.created"
    INVITATION_REVOKED = "invitation.revoked"
    TOKEN_ACCOUNT_CREATED = "token.account_created"  # noqa: S105 - the name of an event, like those below
    TOKEN_ACCOUNT_ASSIGNED = "token.account_assigned"  # noqa: S105
    TOKEN_ISSUED = "token.issued"  # noqa: S105
    TOKEN_TRANSFERRED = "token.transferred"  # noqa: S105
    TOKEN_BURNED = "token.burned"  # noqa: S105
    TOKEN_VESTED = "token.vested"  # noqa: S105
    TOKEN_LOCKED = "token.locked"  # noqa: S105
    TOKEN_IMPORTED = "token.imported"  # noqa: S105
    BALLOT_CREATED = "ballot.created"
    BALLOT_UPDATED = "ballot.updated"
    BALLOT_DELETED = "ballot.deleted"
    BALLOT_OPENED = "ballot.opened"
    BALLOT_CAST = "ballot.cast"
    BALLOT_RECAST = "ballot.recast"
    CREDENTIAL_ISSUED = "ballot.credential_issued"
    BALLOT_CLOSED = "ballot.closed"
    BALLOT_SUSPENDED = "ballot.suspended"
    BALLOT_RESUMED = "ballot.resumed"
    BALLOT_EXTENDED = "ballot.extended"
    BALLOT_PRECOMMITTED = "ballot.precommitted"
    CHARTER_ACCEPTED = "charter.accepted"
    CHARTER_ENACTED = "charter.enacted"
    DELEGATION_GIVEN = "delegation.given"
    DELEGATION_REVOKED = "delegation.revoked"
    DELEGATIONS_ENDED = "delegation.all_ended"
    DELEGATE_STATED = "delegate.stated"
    PROPOSAL_CREATED = "proposal.created"
    PROPOSAL_UPDATED = "proposal.updated"
    PROPOSAL_SUBMITTED = "proposal.submitted"
    PROPOSAL_SPONSORED = "proposal.sponsored"
    PROPOSAL_UNSPONSORED = "proposal.unsponsored"
    PROPOSAL_REWRITTEN = "proposal.rewritten"
    PROPOSAL_SUGGESTED = "proposal.suggested"
    PROPOSAL_SUGGESTION_DECIDED = "proposal.suggestion_decided"
    PROPOSAL_CLASSIFIED = "proposal.classified"
    PROPOSAL_PRECOMMITTED = "proposal.precommitted"
    PROPOSAL_WITHDRAWN = "proposal.withdrawn"
    PROPOSAL_LAPSED = "proposal.lapsed"
    PROPOSAL_VOTE_OPENED = "proposal.vote_opened"
    PROPOSAL_CERTIFIED = "proposal.certified"
    PROPOSAL_CONSENTED = "proposal.consented"
    PROPOSAL_VETOED = "proposal.vetoed"
    PROPOSAL_VETO_WINDOW_ENDED = "proposal.veto_window_ended"
    PROPOSAL_OVERRIDE_CALLED = "proposal.override_called"
    PROPOSAL_VETO_UPHELD = "proposal.veto_upheld"
    PROPOSAL_OVERRIDE_CERTIFIED = "proposal.override_certified"
    PROPOSAL_ENACTED = "proposal.enacted"
    PROPOSAL_CONCLUDED = "proposal.concluded"
    PROPOSAL_REBASED = "proposal.rebased"
    OBLIGATION_CREATED = "obligation.created"
    OBLIGATION_ANSWERED = "obligation.answered"
    MILESTONE_PROMISED = "milestone.promised"
    MILESTONE_EVIDENCED = "milestone.evidenced"
    MILESTONE_ATTESTED = "milestone.attested"
    BOARD_CREATED = "board.created"
    BOARD_UPDATED = "board.updated"
    BOARD_PROMOTED = "board.promoted"
    BOARD_GROUPED = "board.grouped"
    GROUP_CREATED = "group.created"
    GROUP_UPDATED = "group.updated"
    GROUP_ARCHIVED = "group.archived"
    GROUP_RESTORED = "group.restored"
    GROUP_JOINED = "group.joined"
    GROUP_REQUESTED = "group.requested"
    GROUP_LEFT = "group.left"
    GROUP_INVITED = "group.invited"
    GROUP_ADMITTED = "group.admitted"
    GROUP_REMOVED = "group.removed"
    GROUP_STEWARD_APPOINTED = "group.steward_appointed"
    GROUP_STEWARD_DISMISSED = "group.steward_dismissed"
    IDEA_CREATED = "idea.created"
    IDEA_UPDATED = "idea.updated"
    IDEA_DELETED = "idea.deleted"
    IDEA_POSTED = "idea.posted"
    IDEA_REWRITTEN = "idea.rewritten"
    IDEA_AUTHOR_INVITED = "idea.author_invited"
    IDEA_AUTHORSHIP_DECIDED = "idea.authorship_decided"
    IDEA_SUPPORTED = "idea.supported"
    IDEA_UNSUPPORTED = "idea.unsupported"
    IDEA_OPINED = "idea.opined"
    IDEA_OPINION_WITHDRAWN = "idea.opinion_withdrawn"
    IDEA_FOLLOWED = "idea.followed"
    IDEA_UNFOLLOWED = "idea.unfollowed"
    IDEA_MERGE_PROPOSED = "idea.merge_proposed"
    IDEA_MERGE_RETRACTED = "idea.merge_retracted"
    IDEA_MERGE_REFUSED = "idea.merge_refused"
    IDEA_MERGED = "idea.merged"
    IDEA_MERGE_DECIDED = "idea.merge_decided"
    IDEA_SUPPORT_OPTED_OUT = "idea.support_opted_out"
    IDEA_PROMOTED = "idea.promoted"
    IDEA_ANSWERED = "idea.answered"
    IDEA_WITHDRAWN = "idea.withdrawn"
    COMMENT_WRITTEN = "comment.written"
    COMMENT_EDITED = "comment.edited"
    COMMENT_WITHDRAWN = "comment.withdrawn"
    COMMENT_REACTED = "comment.reacted"
    COMMENT_UNREACTED = "comment.unreacted"
    MODERATION_REPORTED = "moderation.reported"
    MODERATION_DISMISSED = "moderation.dismissed"
    MODERATION_HIDDEN = "moderation.hidden"
    MODERATION_APPEALED = "moderation.appealed"
    MODERATION_UPHELD = "moderation.upheld"
    MODERATION_RESTORED = "moderation.restored"
    MODERATION_WITHDRAWN = "moderation.withdrawn"


#: The reference and role under which the service itself acts, as when a ballot is finalised after its close.
SERVICE = Actor(request_id="service")


def commitment(salt: bytes, content: Mapping[str, Any]) -> str:
    """Return HMAC-SHA256(salt, canonical JSON of ``content``) in hexadecimal."""
    return hmac.digest(salt, canonical_json(content), "sha256").hex()


def entry_body(
    actor: Actor,
    action: Action,
    subject: tuple[str, object],
    *,
    log_id: uuid.UUID,
    event_id: uuid.UUID,
    at: str,
    committed: str | None,
) -> bytes:
    """Build the bytes of an entry: references, random values and commitments only, never personal data.

    :param subject: (type, id) of what was acted on.
    :param at: RFC 3339 instant by the database's clock.
    :param committed: the content commitment in hexadecimal, if the entry has content.
    """
    kind, identifier = subject
    return canonical_json(
        {
            "action": action.value,
            "actor": actor.reference,
            "at": at,
            "commitment": committed,
            "event": str(event_id),
            "log": str(log_id),
            "object": {"id": str(identifier), "type": kind},
            "request": actor.request_id,
            "role": actor.role_name,
            "v": 1,
        }
    )


def record(
    session: Session,
    actor: Actor,
    action: Action,
    subject: tuple[str, object],
    content: Mapping[str, Any] | None = None,
    *,
    at: dt.datetime | None = None,
    commit_to: str | None = None,
) -> AuditEntry:
    """Write the audit entry of a change, in the change's own transaction.

    :param subject: (type, id) of what was acted on.
    :param content: what changed, kept beside the log under a salted commitment so that it can be erased.
    :param at: when it happened by the database's clock; read now when None.
    :param commit_to: a commitment made elsewhere, in place of ``content``.
    :return: the entry, flushed with the session.
    """
    if actor.confined:
        raise RuntimeError("a group's steward did something, and nobody asked in which group")
    event_id = random_id()
    salt = secrets.token_bytes(32)
    if content is not None:
        commit_to = commitment(salt, content)
    log_id = actor.community_id or INSTALLATION_LOG
    moment = instant(at or database_now(session))
    body = entry_body(
        actor, action, subject, log_id=log_id, event_id=event_id, at=moment, committed=commit_to
    )
    entry = AuditEntry(log_id=log_id, event_id=event_id, body=body, leaf_hash=leaf_hash(body))
    session.add(entry)
    session.flush()
    if content is not None:
        session.add(AuditContent(event_id=event_id, salt=salt, content=dict(content)))
    return entry


def contents(session: Session, events: Collection[uuid.UUID]) -> Mapping[uuid.UUID, AuditContent]:
    """Return the contents that still exist of some entries, by event."""
    rows = session.scalars(sa.select(AuditContent).where(AuditContent.event_id.in_(events)))
    return {row.event_id: row for row in rows}
