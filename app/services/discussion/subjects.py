"""What can be discussed: one entry a kind of thing."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.domain.errors import refuse
from app.domain.lifecycle import ProposalState, is_discussed
from app.policies.permissions import Actor
from app.services.moderation.hiding import hidings
from app.services.proposals import finding as proposals


@dataclass(frozen=True, slots=True)
class Subject:
    """A kind of thing that people discuss.

    Whoever may read the thing may read what is said about it, and a thing that can be commented on is read by
    everybody in its community: comments are found by their own ids, too.

    :param type: its name in answers and in the log.
    :param path: its name in paths.
    :param read: refuses where the actor may see no such thing.
    :param hold: locks the thing's row, shared, so that it stays as it is until the comment is written; returns
        the database's time since then, in whole milliseconds, and what is against commenting now, or None.
    """

    type: str
    path: str
    read: Callable[[Session, Actor, uuid.UUID], object]
    hold: Callable[[Session, Actor, uuid.UUID], tuple[dt.datetime, str | None]]


def _hold_proposal(session: Session, actor: Actor, proposal_id: uuid.UUID) -> tuple[dt.datetime, str | None]:
    proposal, now = proposals.locked(session, actor, proposal_id, shared=True)
    if proposal_id in hidings(session, [proposal_id]):
        return now, "The proposal is hidden."
    if is_discussed(ProposalState(proposal.state)):
        return now, None
    return now, f"The proposal is in state {proposal.state}."


_KINDS = (Subject("proposal", "proposals", proposals.read, _hold_proposal),)

#: Every kind of thing that can be discussed, by its name in paths.
SUBJECTS: Mapping[str, Subject] = {kind.path: kind for kind in _KINDS}
_BY_TYPE = {kind.type: kind for kind in _KINDS}


def require_discussed(
    session: Session, actor: Actor, subject_type: str, subject_id: uuid.UUID
) -> dt.datetime:
    """Hold a thing still that is open to discussion, and return the database's time since then.

    :raises Refusal: ``not-found``; ``discussion-closed``.
    """
    now, against = _BY_TYPE[subject_type].hold(session, actor, subject_id)
    if against is not None:
        raise refuse("discussion-closed", against)
    return now
