"""What entries of the log commit to: the contents beside it that hold a person's words, deleted with their salts.

An entry whose content was deleted stays and verifies; what it committed to can be tested by nobody any more.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.models.audit import AuditContent, AuditEntry
from app.models.translog import LogEntry
from app.services.audit import Action
from app.services.erasure.texts import Subject

#: Contents that stay, because nobody speaks in them for themselves: what is said in an office and to everyone, what
#: a vote was held on and how, and facts without words. Every other action's content goes.
KEPT: Final = frozenset(
    {
        Action.COMMUNITY_FOUNDED,
        Action.COMMUNITY_UPDATED,
        Action.CHARTER_ENACTED,
        Action.MEMBER_JOINED,
        Action.MEMBER_ERASED,
        Action.ROLE_GRANTED,
        Action.ROLE_REVOKED,
        Action.INVITATION_CREATED,
        Action.BALLOT_CREATED,
        Action.BALLOT_UPDATED,
        Action.BALLOT_OPENED,
        Action.BALLOT_SUSPENDED,
        Action.BALLOT_RESUMED,
        Action.BALLOT_EXTENDED,
        Action.BALLOT_PRECOMMITTED,
        Action.DELEGATION_GIVEN,
        Action.DELEGATION_REVOKED,
        Action.DELEGATIONS_ENDED,
        Action.PROPOSAL_CLASSIFIED,
        Action.PROPOSAL_PRECOMMITTED,
        Action.PROPOSAL_VOTE_OPENED,
        Action.PROPOSAL_CERTIFIED,
        Action.PROPOSAL_CONSENTED,
        Action.PROPOSAL_VETOED,
        Action.PROPOSAL_OVERRIDE_CALLED,
        Action.OBLIGATION_CREATED,
        Action.OBLIGATION_ANSWERED,
        Action.MILESTONE_PROMISED,
        Action.MILESTONE_EVIDENCED,
        Action.BOARD_CREATED,
        Action.BOARD_UPDATED,
        Action.BOARD_PROMOTED,
        Action.BOARD_GROUPED,
        Action.IDEA_ANSWERED,
        Action.IDEA_MERGE_DECIDED,
        Action.MODERATION_DISMISSED,
        Action.MODERATION_HIDDEN,
        Action.MODERATION_UPHELD,
        Action.MODERATION_RESTORED,
        Action.TOKEN_ACCOUNT_CREATED,
        Action.TOKEN_ACCOUNT_ASSIGNED,
        Action.TOKEN_IMPORTED,
    }
)

_T = TypeVar("_T")

#: Subjects asked for in one statement.
_AT_ONCE = 500


def erase_contents(session: Session, log_id: uuid.UUID, reference: str, subjects: Sequence[Subject]) -> int:
    """Delete the contents of a person's own entries, and of others' entries about the same words.

    :param reference: the name by which the log knows the person.
    :param subjects: whatever held their words, as entries name it.
    :return: how many were deleted.
    """
    kept = [action.value for action in KEPT]
    words = sa.and_(LogEntry.log_id == log_id, LogEntry.action.not_in(kept))
    sequenced = [sa.select(LogEntry.event_id).where(words, LogEntry.actor == reference)]
    by_type: dict[str, list[str]] = {}
    for kind, identifier in subjects:
        by_type.setdefault(kind, []).append(identifier)
    for kind, identifiers in by_type.items():
        sequenced += [
            sa.select(LogEntry.event_id).where(
                words, LogEntry.object_type == kind, LogEntry.object_id.in_(some)
            )
            for some in _batches(identifiers)
        ]
    deleted = sum(_delete(session, events) for events in sequenced)
    waiting = _waiting(session, log_id, reference, set(subjects), kept)
    return deleted + sum(_delete(session, some) for some in _batches(waiting))


def _batches(items: Sequence[_T]) -> Iterator[Sequence[_T]]:
    for start in range(0, len(items), _AT_ONCE):
        yield items[start : start + _AT_ONCE]


def _delete(session: Session, events: sa.Select[uuid.UUID] | Iterable[uuid.UUID]) -> int:
    wanted = events if isinstance(events, sa.Select) else list(events)
    done = session.execute(
        sa.delete(AuditContent)
        .where(AuditContent.event_id.in_(wanted))
        .execution_options(synchronize_session=False)
    )
    return int(done.rowcount)  # type: ignore[attr-defined]


def _waiting(
    session: Session, log_id: uuid.UUID, reference: str, subjects: set[Subject], kept: Collection[str]
) -> list[uuid.UUID]:
    """Return the events, among those that have no place in the log yet, of the same entries."""
    session.flush()
    found = []
    rows = session.execute(
        sa.select(AuditEntry.event_id, AuditEntry.body)
        .where(AuditEntry.log_id == log_id)
        .execution_options(yield_per=_AT_ONCE)
    )
    for event_id, body in rows:
        said = json.loads(body)
        about = (said["object"]["type"], said["object"]["id"])
        if said["action"] not in kept and (said["actor"] == reference or about in subjects):
            found.append(event_id)
    return found
