"""What can be reported and hidden: one entry a kind of thing."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.lifecycle import ProposalState, may_be_hidden
from app.models.boards import PromotedIdea
from app.policies.permissions import Actor
from app.services.discussion import finding as comments
from app.services.ideas import finding as ideas
from app.services.proposals import finding as proposals


@dataclass(frozen=True, slots=True)
class Written:
    """Something that a person wrote, whose row is locked.

    :param text_number: which version of its text stands.
    :param withdrawn: whether its author has taken the text back.
    :param against_hiding: what is against hiding it, in a sentence; None: nothing is.
    """

    author_id: uuid.UUID
    text_number: int
    withdrawn: bool = False
    against_hiding: str | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of thing that people write.

    Whoever shows one asks :mod:`app.services.moderation.hiding` whether its text is hidden.

    :param type: its name in answers and in the log.
    :param path: its name in paths.
    :param lock: locks the thing's row, before any case's; refuses where the actor may see no such thing.
    """

    type: str
    path: str
    lock: Callable[[Session, Actor, uuid.UUID], Written]


def _lock_comment(session: Session, actor: Actor, comment_id: uuid.UUID) -> Written:
    found = comments.locked(session, actor, comment_id)
    return Written(found.author_id, found.text_number, withdrawn=found.withdrawn_at is not None)


def _lock_proposal(session: Session, actor: Actor, proposal_id: uuid.UUID) -> Written:
    found, _ = proposals.locked(session, actor, proposal_id)
    against = None
    if not may_be_hidden(ProposalState(found.state)):
        against = (
            f"The proposal is in state {found.state}: what was put to the vote stays for everybody to read."
        )
    return Written(found.author_id, found.text_number, against_hiding=against)


def _lock_idea(session: Session, actor: Actor, idea_id: uuid.UUID) -> Written:
    ideas.read_posted(session, actor, idea_id)
    idea = ideas.locked(session, actor, idea_id).idea
    against = None
    if session.scalar(sa.select(sa.exists().where(PromotedIdea.idea_id == idea.id))):
        against = (
            "The idea was promoted: what a proposal or a ballot was made from stays for everybody to read."
        )
    return Written(idea.author_id, idea.text_number, against_hiding=against)


_KINDS = (
    Kind("proposal", "proposals", _lock_proposal),
    Kind("comment", "comments", _lock_comment),
    Kind("idea", "ideas", _lock_idea),
)

#: Every kind of thing that can be reported, by its name in paths.
KINDS: Mapping[str, Kind] = {kind.path: kind for kind in _KINDS}
#: The same by its name in answers.
BY_TYPE: Mapping[str, Kind] = {kind.type: kind for kind in _KINDS}
