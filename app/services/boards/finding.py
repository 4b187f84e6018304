"""Finding boards, and holding one still while something on it depends on its rules."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.boards.phases import PhaseRules, phase_at
from app.domain.errors import Refusal, refuse
from app.models.boards import Board
from app.policies.permissions import Actor, Permission
from app.services.groups.acting import acting_in
from app.services.groups.finding import in_audience


def visible_to(actor: Actor) -> sa.Select[Board]:
    """Select the boards an actor may see: their community's, but what other people's groups keep to themselves."""
    return sa.select(Board).where(
        Board.community_id == actor.community_id, in_audience(actor, Board.audience_id)
    )


def read(session: Session, actor: Actor, board_id: uuid.UUID) -> Board:
    """Return one board.

    :raises Refusal: ``not-found``.
    """
    board = session.scalar(visible_to(actor).where(Board.id == board_id))
    if board is None:
        raise refuse("not-found")
    return board


def locked(session: Session, actor: Actor, board_id: uuid.UUID, *, shared: bool = False) -> Board:
    """Return one board with its row locked; the order of locks is board, ideas, budgets of dots.

    :param shared: only against changes of its rules, as everything wants that depends on them.
    :raises Refusal: ``not-found``.
    """
    board = session.scalar(
        visible_to(actor)
        .where(Board.id == board_id)
        .with_for_update(of=Board, read=shared)
        .execution_options(populate_existing=True)
    )
    if board is None:
        raise refuse("not-found")
    return board


def acting_on(session: Session, actor: Actor, board: Board, permission: Permission) -> Actor:
    """Return the actor as whoever does something on a board: on a group's, its members do and its stewards.

    :param board: its row locked by the caller, at least against change.
    :raises Refusal: ``not-in-group``, ``group-archived``; ``forbidden``.
    """
    return acting_in(session, actor, board.group_id, permission)


def phases_of(board: Board) -> Sequence[PhaseRules]:
    """Return a board's phases in order."""
    return [PhaseRules.from_json(written) for written in board.phases]


def running(board: Board, now: dt.datetime) -> PhaseRules | None:
    """Return the phase that runs at ``now`` (the database's clock); None before the first."""
    return phase_at(phases_of(board), now)


def not_open(phase: PhaseRules | None, what: str) -> Refusal:
    """Say that a phase does not allow something.

    :param what: completes "does not let members ...", as in "post ideas".
    """
    name = None if phase is None else phase.phase.value
    where = "The board's first phase has not begun." if name is None else f"The board is {name}."
    return refuse("phase-not-open", f"{where} It does not let you {what}.", extensions={"phase": name})
