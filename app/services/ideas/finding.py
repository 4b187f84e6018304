"""Finding ideas: who may see which, and holding one still while something is done to it."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.clock import database_now
from app.domain.errors import refuse
from app.domain.instants import to_milliseconds
from app.models.boards import Board
from app.models.ideas import Idea, IdeaAuthor
from app.policies.permissions import Actor
from app.services.boards import finding as boards
from app.services.groups.finding import in_audience


@dataclass(frozen=True, slots=True)
class Held:
    """An idea whose row is locked, its board, whose rules cannot change meanwhile, and the time since then.

    :param now: the database's clock in whole milliseconds.
    """

    idea: Idea
    board: Board
    now: dt.datetime


def visible_to(actor: Actor) -> sa.Select[Idea]:
    """Select the ideas an actor may see: all of their community's that were posted, and drafts they have part in.

    Not those on boards that are for the eyes of other people's groups alone.
    """
    mine = sa.exists().where(
        IdeaAuthor.idea_id == Idea.id,
        IdeaAuthor.membership_id == actor.membership_id,
        IdeaAuthor.standing != "declined",
    )
    return sa.select(Idea).where(
        Idea.community_id == actor.community_id,
        sa.or_(Idea.posted_at.is_not(None), mine),
        in_audience(actor, Idea.audience_id),
    )


def read(session: Session, actor: Actor, idea_id: uuid.UUID) -> Idea:
    """Return one idea.

    :raises Refusal: ``not-found`` where the actor may see no such idea.
    """
    idea = session.scalar(visible_to(actor).where(Idea.id == idea_id))
    if idea is None:
        raise refuse("not-found")
    return idea


def read_posted(session: Session, actor: Actor, idea_id: uuid.UUID) -> Idea:
    """Return one idea that is on its board: no draft.

    :raises Refusal: ``not-found`` where the actor may see no such idea.
    """
    idea = read(session, actor, idea_id)
    if idea.posted_at is None:
        raise refuse("not-found")
    return idea


def shared(session: Session, actor: Actor, idea_id: uuid.UUID) -> tuple[Idea, Board, dt.datetime]:
    """Return a posted idea and its board, both kept as they are, and the database's time since then.

    :raises Refusal: ``not-found`` where the actor may see no such idea.
    """
    board = boards.locked(session, actor, read_posted(session, actor, idea_id).board_id, shared=True)
    idea = session.scalars(
        sa.select(Idea)
        .where(Idea.id == idea_id)
        .with_for_update(read=True)
        .execution_options(populate_existing=True)
    ).one()
    return idea, board, to_milliseconds(database_now(session))


def locked(session: Session, actor: Actor, idea_id: uuid.UUID) -> Held:
    """Return one idea, its row locked, after its board's rules.

    :raises Refusal: ``not-found`` where the actor may see no such idea.
    """
    held, _ = locked_together(session, actor, idea_id)
    return held


def locked_together(
    session: Session, actor: Actor, idea_id: uuid.UUID, *others: uuid.UUID
) -> tuple[Held, list[Idea]]:
    """Return one idea as :func:`locked` does, and others of its board with theirs, locked in the order of their ids.

    :raises Refusal: ``not-found`` where the actor may not see every one of them, or one is on another board.
    """
    board = boards.locked(session, actor, read(session, actor, idea_id).board_id, shared=True)
    wanted = {idea_id, *others}
    rows = session.scalars(
        visible_to(actor)
        .where(Idea.board_id == board.id, Idea.id.in_(wanted))
        .order_by(Idea.id)
        .with_for_update(of=Idea)
        .execution_options(populate_existing=True)
    )
    found = {idea.id: idea for idea in rows}
    if set(found) != wanted:
        raise refuse("not-found")
    held = Held(found[idea_id], board, to_milliseconds(database_now(session)))
    return held, [found[each] for each in others]
