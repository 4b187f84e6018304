"""A ballot as it is shown: its stored facts and the state that follows from them at a moment."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from app.http.operation import Context
from app.models.ballots import Ballot
from app.services.ballots.drafts import state_of
from app.services.ballots.suspension import is_suspended
from app.services.ideas.behind import led_to_ballots

_SHOWN = (
    "id",
    "community_id",
    "decision_type",
    "kind",
    "proposal_id",
    "group_id",
    "title",
    "description",
    "method",
    "settings",
    "seats",
    "options",
    "matters",
    "binding_level",
    "grants_role",
    "weighting",
    "weight_cap",
    "count_unvested",
    "exclude",
    "secrecy",
    "disclosure",
    "vote_change",
    "early_close",
    "tie_rule",
    "quorum",
    "threshold",
    "min_approval",
    "rejection_quorum",
    "token_majority",
    "opens_at",
    "closes_at",
    "extended_at",
    "created_at",
    "opened_at",
    "roll_size",
    "roll_weight",
    "roll_tokens",
    "weight_limit",
    "weight_overflow",
    "ledger_position",
    "roll_hash",
    "manifest_hash",
    "precommitment",
    "version",
)


def shown(context: Context, ballot: Ballot) -> dict[str, Any]:
    """Return a ballot as its schema dumps it."""
    return all_shown(context, [ballot])[0]


def all_shown(context: Context, ballots: Sequence[Ballot]) -> list[dict[str, Any]]:
    """Return some ballots as their schema dumps them."""
    context.session.flush()
    now = context.now()
    led = led_to_ballots(context.session, context.actor, ballots)
    return [_shown(ballot, now) | {"ideas": led.get(ballot.id, ())} for ballot in ballots]


def _shown(ballot: Ballot, now: dt.datetime) -> dict[str, Any]:
    return {name: getattr(ballot, name) for name in _SHOWN} | {
        "state": state_of(ballot, now),
        "charter_version": ballot.charter_number,
        "certified_at": ballot.finalised_at,
        "voting_period": _duration(ballot.voting_period_seconds),
        "answer_within": _duration(ballot.answer_within_seconds),
        "late_quorum_extension": _duration(ballot.late_quorum_extension_seconds),
        "delegation": None if ballot.charter_rules is None else ballot.charter_rules.get("delegation"),
        "suspended": is_suspended(ballot, now),
        "suspension": _suspension(ballot),
    }


def _suspension(ballot: Ballot) -> dict[str, Any] | None:
    if ballot.suspension is None:
        return None
    return ballot.suspension | {"suspended_at": ballot.suspended_from, "until_at": ballot.suspended_until}


def _duration(seconds: int | None) -> dt.timedelta | None:
    return None if seconds is None else dt.timedelta(seconds=seconds)


def ballot_tag(ballot: dict[str, Any]) -> tuple[object, ...]:
    """Return what the entity tag of a shown ballot is made of: state and suspension move with the clock alone.

    The ideas behind it are what they are from its making on; how many of them are seen is the caller's.
    """
    standing = "suspended" if ballot["suspended"] else ballot["state"].value
    return ("ballot", ballot["id"], ballot["version"], standing, len(ballot["ideas"]))
