"""Lists of ideas: which, and in which order."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.boards.ranking import PRIME, Shuffle, shuffle_of
from app.domain.boards.tags import normalised_tag
from app.domain.lifecycle import IdeaState
from app.models.boards import Board
from app.models.ideas import Idea, IdeaFollower, IdeaSupport, IdeaTag
from app.policies.permissions import Actor
from app.services.ideas.finding import visible_to
from app.services.ideas.lineage import MOVED_BY_FACTS, kept_on
from app.services.ideas.searching import matching

#: What a board shows unless asked for a state.
_GONE = (IdeaState.MERGED.value, IdeaState.WITHDRAWN.value)


class Sorting(StrEnum):
    """In which order a board's ideas are listed; docs/ranking.md has the formulas."""

    NEWEST = "newest"
    SUPPORTED = "supported"
    RISING = "rising"
    FAIR = "fair"


@dataclass(frozen=True, slots=True)
class Listing:
    """A list: what is selected, by which columns it is ordered, each with the parser of its text, and which way."""

    statement: sa.Select[Any]
    order: Sequence[tuple[Any, Callable[[str], Any]]]
    descending: bool


def on_board(
    session: Session,
    actor: Actor,
    board: Board,
    *,
    state: IdeaState | None = None,
    tag: str | None = None,
    query: str | None = None,
) -> sa.Select[Idea]:
    """Select a board's ideas in a state, with a tag and with the words of a query; None: any, but what is gone.

    Drafts are in no board's list.
    """
    statement = visible_to(actor).where(Idea.board_id == board.id, Idea.posted_at.is_not(None))
    statement = statement.where(
        Idea.state.not_in(_GONE) if state is None else _in_state(session, board.id, state)
    )
    if tag is not None:
        tagged = sa.select(IdeaTag.idea_id).where(
            IdeaTag.board_id == board.id, IdeaTag.tag == (normalised_tag(tag) or "")
        )
        statement = statement.where(Idea.id.in_(tagged))
    if query is not None:
        statement = statement.where(matching(session, board.id, query))
    return statement


def ordered(
    statement: sa.Select[Idea], sorting: Sorting, actor: Actor, board: Board, day: dt.date
) -> Listing:
    """Return a board's ideas in an order.

    :param day: of the database's clock; what is fair to show is another order every day, and to everyone.
    """
    last = (Idea.id, uuid.UUID)
    if sorting is Sorting.SUPPORTED:
        counts = [(Idea.dot_count, int), (Idea.endorsement_count, int)]
        return Listing(statement, [*counts, last], descending=True)
    if sorting is Sorting.RISING:
        return Listing(statement, [(Idea.rising_key, int), last], descending=True)
    if sorting is Sorting.FAIR:
        place = _place(shuffle_of(str(actor.membership_id), day, str(board.id)), day).label("place")
        return Listing(statement.add_columns(place, Idea.id), [(place, int), last], descending=False)
    posted = (Idea.posted_at, dt.datetime.fromisoformat)
    return Listing(statement, [posted, last], descending=True)


def idea_in(row: Any) -> Idea:
    """Return the idea in a row of a list, which stands alone or beside its place."""
    found = row if isinstance(row, Idea) else row.Idea
    assert isinstance(found, Idea)  # noqa: S101 - every list selects ideas
    return found


def followed_by(statement: sa.Select[Idea], actor: Actor) -> sa.Select[Idea]:
    """Narrow a selection to ideas that the actor follows."""
    mine = sa.select(IdeaFollower.idea_id).where(IdeaFollower.membership_id == actor.membership_id)
    return statement.where(Idea.id.in_(mine))


def supported_by(statement: sa.Select[Idea], actor: Actor) -> sa.Select[Idea]:
    """Narrow a selection to ideas that the actor supports."""
    mine = sa.select(IdeaSupport.idea_id).where(IdeaSupport.membership_id == actor.membership_id)
    return statement.where(Idea.id.in_(mine))


def _place(shuffle: Shuffle, day: dt.date) -> sa.ColumnElement[int]:
    """Say in SQL what :meth:`app.domain.boards.ranking.Shuffle.place` says, with the weights the day began with."""
    weight = sa.case((Idea.fair_day == day.toordinal(), Idea.fair_weight_before), else_=Idea.fair_weight)
    numbers = [
        sa.literal_column(str(number), sa.BigInteger()) for number in (shuffle.factor, shuffle.shift, PRIME)
    ]
    factor, shift, prime = numbers
    shuffled = (Idea.draw * factor + shift) % prime
    return shuffled * sa.literal_column("1000", sa.BigInteger()) // weight


def _in_state(session: Session, board_id: uuid.UUID, state: IdeaState) -> sa.ColumnElement[bool]:
    """Say in SQL what the lifecycle says of one idea: what is stored, but for ideas whose obligation is kept."""
    kept = kept_on(session, board_id)
    moved = sa.and_(Idea.state.in_(MOVED_BY_FACTS), Idea.id.in_(kept)) if kept else sa.false()
    if state is IdeaState.DELIVERED:
        return sa.or_(Idea.state == state.value, moved)
    return sa.and_(Idea.state == state.value, sa.not_(moved)) if kept else Idea.state == state.value
