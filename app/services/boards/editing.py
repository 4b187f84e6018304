"""Making boards and changing their rules."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.clock import database_now
from app.domain.boards.phases import PhaseRules, phase_problems
from app.domain.errors import refuse
from app.domain.groups import Visibility
from app.domain.instants import to_milliseconds
from app.models.boards import Board, DotBudget
from app.policies.permissions import Actor, Permission
from app.services.audit import Action, record
from app.services.boards.finding import acting_on
from app.services.groups.acting import acting_in

#: Nobody is kept waiting for longer, for an author's word or in doubt about support.
LONGEST_WAIT = dt.timedelta(days=366)

_DOTS = ("dots_per_member", "dots_per_idea")
FIELDS = ("title", "description", "phases", *_DOTS, "merge_wait_seconds", "opt_out_seconds")


def create(session: Session, actor: Actor, facts: Mapping[str, Any]) -> Board:
    """Make a board.

    :param facts: :data:`FIELDS`, ``phases`` as :class:`PhaseRules` in order; ``group_id`` of the group whose it is,
        or None, and ``visibility``; valid one by one.
    :raises Refusal: ``invalid-board``; ``not-found``, ``not-in-group`` and ``group-archived`` of its group.
    """
    assert actor.community_id is not None  # noqa: S101 - the edge resolved the community
    assert actor.membership_id is not None  # noqa: S101 - the edge resolved the membership
    now = to_milliseconds(database_now(session))
    group_id, hidden = facts.get("group_id"), facts.get("visibility") == Visibility.GROUP
    actor = acting_in(session, actor, group_id, Permission.BOARD_CREATE)
    if hidden and group_id is None:
        detail = "takes a group_id: only a group's board is for a group's eyes alone"
        raise refuse("invalid-board", errors=[("#/visibility", detail)])
    board = Board(
        community_id=actor.community_id,
        group_id=group_id,
        audience_id=group_id if hidden else None,
        created_by=actor.membership_id,
        created_at=now,
    )
    _apply(board, facts)
    session.add(board)
    session.flush()
    record(session, actor, Action.BOARD_CREATED, ("board", board.id), _content(board), at=now)
    return board


def update(session: Session, actor: Actor, board: Board, changes: Mapping[str, Any]) -> Board:
    """Change a board's rules; what is so already writes nothing.

    :param board: locked by the caller.
    :raises Refusal: ``invalid-board``, also for other dots once somebody has given some; ``not-in-group``,
        ``group-archived``; ``forbidden`` to the steward of another group.
    """
    actor = acting_on(session, actor, board, Permission.BOARD_UPDATE)
    before = _content(board)
    _apply(board, changes)
    if _content(board) == before:
        return board
    if any(getattr(board, name) != before[name] for name in _DOTS) and _has_dots(session, board):
        raise refuse(
            "invalid-board",
            "Dots have been given: how many each member has, and an idea takes, is fixed from then on.",
            errors=[(f"#/{name}", "fixed") for name in _DOTS if getattr(board, name) != before[name]],
        )
    session.flush()
    record(session, actor, Action.BOARD_UPDATED, ("board", board.id), _content(board))
    return board


def _apply(board: Board, facts: Mapping[str, Any]) -> None:
    for name in FIELDS:
        if name in facts:
            stored = _stored_phases(facts[name]) if name == "phases" else facts[name]
            if getattr(board, name) != stored:
                setattr(board, name, stored)
    for name, member in (("merge_wait_seconds", "merge_wait"), ("opt_out_seconds", "opt_out_within")):
        if getattr(board, name) > LONGEST_WAIT.total_seconds():
            detail = f"at most P{LONGEST_WAIT.days}D"
            raise refuse("invalid-board", f"{member}: {detail}.", errors=[(f"#/{member}", detail)])
    if board.dots_per_idea > board.dots_per_member:
        raise refuse(
            "invalid-board",
            "An idea cannot take more dots than a member has.",
            errors=[("#/dots_per_idea", f"at most {board.dots_per_member}")],
        )


def _stored_phases(phases: list[PhaseRules]) -> list[dict[str, Any]]:
    problems = [(f"#/phases{place}", sentence) for place, sentence in phase_problems(phases)]
    if problems:
        raise refuse("invalid-board", "The phases do not fit together.", errors=problems)
    return [each.to_json() for each in phases]


def _has_dots(session: Session, board: Board) -> bool:
    given = sa.exists().where(DotBudget.board_id == board.id)
    return bool(session.scalar(sa.select(given)))


def _content(board: Board) -> dict[str, Any]:
    """Return what an audit entry about a board commits to."""
    group = {name: getattr(board, name) and str(getattr(board, name)) for name in ("group_id", "audience_id")}
    return {name: getattr(board, name) for name in FIELDS} | group
