"""A ballot as it is shown: its stored facts and the state that follows from them at a moment."""

from __future__ import annotations

import datetime as dt
from typing import Any

from app.models.ballots import Ballot
from app.services.ballots.drafts import state_of

_SHOWN = (
    "id",
    "community_id",
    "kind",
    "title",
    "description",
    "method",
    "settings",
    "seats",
    "options",
    "weighting",
    "secrecy",
    "disclosure",
    "vote_change",
    "early_close",
    "tie_rule",
    "quorum",
    "threshold",
    "min_approval",
    "rejection_quorum",
    "opens_at",
    "closes_at",
    "created_at",
    "opened_at",
    "roll_size",
    "roll_weight",
    "roll_hash",
    "manifest_hash",
    "version",
)


def shown(ballot: Ballot, now: dt.datetime) -> dict[str, Any]:
    """Return a ballot as its schema dumps it.

    :param now: the database's clock.
    """
    period = ballot.voting_period_seconds
    return {name: getattr(ballot, name) for name in _SHOWN} | {
        "state": state_of(ballot, now),
        "certified_at": ballot.finalised_at,
        "voting_period": None if period is None else dt.timedelta(seconds=period),
    }


def ballot_tag(ballot: dict[str, Any]) -> tuple[object, ...]:
    """Return what the entity tag of a shown ballot is made of: its state moves with the clock alone."""
    return ("ballot", ballot["id"], ballot["version"], ballot["state"].value)
