"""What can be discussed: one entry a kind of thing."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.domain.errors import refuse
from app.domain.lifecycle import ProposalState, is_discussed, is_idea_discussed
from app.policies.permissions import Actor, Permission
from app.services.boards import finding as boards
from app.services.ideas import finding as ideas
from app.services.ideas import steps as ideas_steps
from app.services.moderation.hiding import hidings
from app.services.proposals import finding as proposals


@dataclass(frozen=True, slots=True)
class Discussed:
    """A thing that is held still, as far as a discussion of it asks.

    :param now: the database's time since then, in whole milliseconds.
    :param audience_id: the group whose members alone see it; None: everybody does.
    :param against: what is against commenting on it now, in a sentence; None: nothing is.
    """

    now: dt.datetime
    audience_id: uuid.UUID | None = None
    against: str | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """A kind of thing that people discuss.

    Whoever may read the thing may read what is said about it. Comments are found by their own ids, too: so what only
    a group sees says so of itself in each of them, and is for the same group's eyes for good.

    :param type: its name in answers and in the log.
    :param path: its name in paths.
    :param read: refuses where the actor may see no such thing.
    :param hold: locks the thing's row, shared, so that it stays as it is until the comment is written; refuses
        where the actor may not take part.
    """

    type: str
    path: str
    read: Callable[[Session, Actor, uuid.UUID], object]
    hold: Callable[[Session, Actor, uuid.UUID], Discussed]


def _hold_proposal(session: Session, actor: Actor, proposal_id: uuid.UUID) -> Discussed:
    proposal, now = proposals.locked(session, actor, proposal_id, shared=True)
    if proposal_id in hidings(session, [proposal_id]):
        return Discussed(now, against="The proposal is hidden.")
    if is_discussed(ProposalState(proposal.state)):
        return Discussed(now)
    return Discussed(now, against=f"The proposal is in state {proposal.state}.")


def _hold_idea(session: Session, actor: Actor, idea_id: uuid.UUID) -> Discussed:
    idea, board, now = ideas.shared(session, actor, idea_id)
    boards.acting_on(session, actor, board, Permission.COMMENT_WRITE)
    phase, state = boards.running(board, now), ideas_steps.state_of(session, idea)
    against = None
    if phase is None or not phase.comments:
        named = "has not begun" if phase is None else f"is {phase.phase.value}"
        against = f"The board {named}: its ideas are not discussed."
    elif idea_id in hidings(session, [idea_id]):
        against = "The idea is hidden."
    elif not is_idea_discussed(state):
        against = f"The idea is in state {state.value}."
    return Discussed(now, idea.audience_id, against)


_KINDS = (
    Subject("proposal", "proposals", proposals.read, _hold_proposal),
    Subject("idea", "ideas", ideas.read_posted, _hold_idea),
)

#: Every kind of thing that can be discussed, by its name in paths.
SUBJECTS: Mapping[str, Subject] = {kind.path: kind for kind in _KINDS}
_BY_TYPE = {kind.type: kind for kind in _KINDS}


def require_discussed(session: Session, actor: Actor, subject_type: str, subject_id: uuid.UUID) -> Discussed:
    """Hold a thing still that is open to discussion.

    :raises Refusal: ``not-found``; ``discussion-closed``; on a group's board ``not-in-group``, ``group-archived``.
    """
    held = _BY_TYPE[subject_type].hold(session, actor, subject_id)
    if held.against is not None:
        raise refuse("discussion-closed", held.against)
    return held
