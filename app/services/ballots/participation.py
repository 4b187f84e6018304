"""Who voted where votes are kept apart: hidden until so many have that it says nothing of how.

The audit entries of such participation name nobody: they commit to the member's reference with a salt, and the
content beside the log is shown only from then on.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.charter.secrecy import shown_from
from app.domain.charter.words import Secrecy
from app.domain.decision import Quorum, Ratio
from app.models.audit import AuditContent, AuditEntry
from app.models.ballots import Ballot
from app.models.ids import random_id
from app.models.translog import LogEntry
from app.policies.permissions import Actor
from app.services.audit import Action, contents, record
from app.services.ballots.turnout import turnout

#: Entries whose contents name a participant.
_NAMING = frozenset({Action.BALLOT_CAST.value, Action.CREDENTIAL_ISSUED.value})


def record_participation(
    session: Session, actor: Actor, action: Action, ballot: Ballot, now: dt.datetime, *, first: bool = True
) -> AuditEntry:
    """Write the entry that a member took part.

    :param first: whether the member did so for the first time; else nothing commits to them: how often somebody
        voted again would join them to a vote that was replaced as often.
    """
    content = {"member": actor.reference} if first else None
    return record(session, _unnamed(actor), action, ("ballot", ballot.id), content, at=now)


def _unnamed(actor: Actor) -> Actor:
    """Return the actor without what could name them: a client may give all its requests one id."""
    return dataclasses.replace(actor, reference=None, request_id=str(random_id()))


def is_shown(session: Session, ballot: Ballot) -> bool:
    """Say whether it may be shown who took part."""
    if not Secrecy(ballot.secrecy).keeps_votes_apart:
        return True
    stated = ballot.quorum
    quorum = None
    if stated is not None:
        ratio = stated.get("ratio")
        quorum = Quorum(stated["base"], None if ratio is None else Ratio.parse(ratio), stated.get("count"))
    return turnout(session, ballot) >= shown_from(quorum, ballot.roll_size or 0)


def shown_contents(session: Session, entries: Sequence[LogEntry]) -> Mapping[uuid.UUID, AuditContent]:
    """Return the contents of entries, by event, but for those that say too early who took part in a ballot."""
    named = {entry.object_id for entry in entries if entry.action in _NAMING}
    ballots = session.scalars(sa.select(Ballot).where(Ballot.id.in_([uuid.UUID(each) for each in named])))
    hidden = {str(ballot.id) for ballot in ballots if not is_shown(session, ballot)}
    shown = [
        entry.event_id for entry in entries if entry.action not in _NAMING or entry.object_id not in hidden
    ]
    return contents(session, shown)


def hidden_actions(session: Session, ballot: Ballot) -> frozenset[str]:
    """Return the actions of a ballot's entries whose contents are not shown now."""
    return frozenset() if is_shown(session, ballot) else _NAMING
