"""Obligations, promises and figures as they are shown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

from app.domain.instants import instant
from app.domain.scorecard import Scorecard
from app.http.exports import figure_lines
from app.http.operation import Context
from app.models.obligations import Precommitment
from app.services.ideas.behind import IdeaBehind, led_to_obligations
from app.services.obligations.standing import StandingMilestone, StandingObligation


def obligation_tag(obligation: dict[str, Any]) -> tuple[object, ...]:
    """Return what the entity tag of a shown obligation is made of."""
    tag: tuple[object, ...] = obligation["tag"]
    return tag


def shown_precommitment(made: Precommitment) -> dict[str, Any]:
    """Return a pre-commitment as its schema dumps it."""
    names = ("id", "proposal_id", "ballot_id", "number", "undertaking", "budget", "refusal_grounds")
    return {name: getattr(made, name) for name in (*names, "membership_id", "recorded_at")} | {
        "within": dt.timedelta(seconds=made.within_seconds)
    }


def shown_milestone(standing: StandingMilestone) -> dict[str, Any]:
    """Return a promise as its schema dumps it."""
    names = ("id", "obligation_id", "position", "title", "description", "promised_at", "due_at")
    status = standing.status
    return {name: getattr(standing.milestone, name) for name in names} | {
        "state": status.state,
        "overdue": status.overdue,
        "confirmed": status.confirmed,
        "disputed": status.disputed,
        "delivered_at": status.delivered_at,
        "on_time": status.on_time,
        "evidence": standing.evidence,
    }


def shown_obligations(context: Context, standings: Sequence[StandingObligation]) -> list[dict[str, Any]]:
    """Return some obligations as their schema dumps them, with what their entity tags are made of."""
    led = led_to_obligations(context.session, context.actor, [each.obligation for each in standings])
    return [_shown(each, led[each.obligation.id]) for each in standings]


def _shown(standing: StandingObligation, ideas: Sequence[IdeaBehind]) -> dict[str, Any]:
    row, status = standing.obligation, standing.status
    names = ("id", "community_id", "title", "ballot_id", "proposal_id", "owner_role", "binding_level")
    community = f"/v1/communities/{row.community_id}"
    return {name: getattr(row, name) for name in (*names, "created_at", "due_at", "concluded_at")} | {
        "ideas": ideas,
        "state": status.state,
        "answered_at": status.answered_at,
        "late": status.late,
        "answer": standing.answer,
        "answer_count": standing.answers,
        "milestones": [shown_milestone(each) for each in standing.milestones],
        "refusal_grounds": row.rules["refusal_grounds"],
        "precommitment": row.rules["precommitment"],
        "delivery": row.rules["delivery"],
        "links": {
            "ballot": f"{community}/ballots/{row.ballot_id}",
            "proposal": None if row.proposal_id is None else f"{community}/proposals/{row.proposal_id}",
            "answers": f"{community}/obligations/{row.id}/answers",
            "milestones": f"{community}/obligations/{row.id}/milestones",
        },
        "version": row.version,
        "tag": standing.version,
    }


def shown_scorecard(card: Scorecard) -> dict[str, Any]:
    """Return a scorecard as its schema dumps it."""
    return {"at": card.at} | card.to_json()


def series_lines(cards: Sequence[Scorecard]) -> Iterator[bytes]:
    """Yield a series as CSV: one line an instant, a share as its count and what it is of, vetoes by ground."""
    points = [{"at": instant(card.at)} | card.to_json() for card in cards]
    return figure_lines(points, open_member="vetoes", leave_out={"ratio"})
