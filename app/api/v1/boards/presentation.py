"""A board as it is shown: its rules, the phase that runs, and what the caller has left to give."""

from __future__ import annotations

import datetime as dt
from typing import Any

from app.domain.boards.phases import PhaseRules, next_start
from app.domain.groups import Visibility
from app.http.operation import Context
from app.models.boards import Board, DotBudget, OpinionSnapshot
from app.policies.permissions import Permission, allows
from app.services.boards.finding import phases_of, running

_SHOWN = (
    "id",
    "community_id",
    "group_id",
    "title",
    "description",
    "dots_per_member",
    "dots_per_idea",
    "created_at",
    "version",
)


def facts_of(body: dict[str, Any]) -> dict[str, Any]:
    """Return what a request states of a board, by the names of its columns."""
    facts = dict(body)
    for name, column in (("merge_wait", "merge_wait_seconds"), ("opt_out_within", "opt_out_seconds")):
        if name in facts:
            facts[column] = int(facts.pop(name).total_seconds())
    if "phases" in facts:
        facts["phases"] = [
            PhaseRules(**{**each, "post": frozenset(each["post"])}) for each in facts["phases"]
        ]
    return facts


def shown(context: Context, board: Board) -> dict[str, Any]:
    """Return a board as its schema dumps it."""
    now, phases = context.now(), phases_of(board)
    phase = running(board, now)
    return {name: getattr(board, name) for name in _SHOWN} | {
        "visibility": Visibility.COMMUNITY if board.audience_id is None else Visibility.GROUP,
        "phases": [each.to_json() | {"starts_at": each.starts_at} for each in phases],
        "phase": None if phase is None else phase.phase.value,
        "next_phase_at": next_start(phases, now),
        "dots_left": _dots_left(context, board),
        "merge_wait": dt.timedelta(seconds=board.merge_wait_seconds),
        "opt_out_within": dt.timedelta(seconds=board.opt_out_seconds),
    }


def board_tag(document: dict[str, Any]) -> tuple[object, ...]:
    """Return what the entity tag of a shown board is made of: the clock moves its phase, the caller their dots."""
    return ("board", document["id"], document["version"], document["phase"], document["dots_left"])


def consensus_tag(snapshot: OpinionSnapshot) -> tuple[object, ...]:
    """Return what the entity tag of a snapshot is made of."""
    return ("consensus", snapshot.board_id, snapshot.number)


def _dots_left(context: Context, board: Board) -> int | None:
    if not allows(Permission.IDEA_SUPPORT, context.actor):
        return None
    held = context.session.get(DotBudget, (board.id, context.actor.membership_id))
    return board.dots_per_member if held is None else held.budget - held.spent
