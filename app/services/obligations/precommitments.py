"""Pre-commitments: what the brand says, before the vote, will happen if it passes.

Each is a further version and none is ever changed; the last one recorded before the vote opens is frozen with
the ballot.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.domain.durations import format_duration
from app.domain.instants import instant
from app.models.ballots import Ballot
from app.models.obligations import Precommitment

#: The kind of a ballot over a veto.
_OVERRIDE = "override"


def latest(
    session: Session, *, proposal_id: uuid.UUID | None = None, ballot_id: uuid.UUID | None = None
) -> dict[str, Any] | None:
    """Return the last pre-commitment as it is frozen with a ballot and stated in its manifest, or None.

    Exactly one of the two ids is given. Whoever freezes it holds the row of the proposal or of the draft.

    :return: ``number``, ``undertaking``, ``within`` (ISO 8601), ``budget``, ``refusal_grounds`` (``id`` and
        ``title``) and ``recorded_at``, as JSON.
    """
    found = session.scalar(
        versions(proposal_id=proposal_id, ballot_id=ballot_id).order_by(Precommitment.number.desc()).limit(1)
    )
    return None if found is None else as_frozen(found)


def as_frozen(made: Precommitment) -> dict[str, Any]:
    """Return a pre-commitment as JSON."""
    return {
        "number": made.number,
        "undertaking": made.undertaking,
        "within": format_duration(dt.timedelta(seconds=made.within_seconds)),
        "budget": made.budget,
        "refusal_grounds": made.refusal_grounds,
        "recorded_at": instant(made.recorded_at),
    }


def versions(
    *, proposal_id: uuid.UUID | None = None, ballot_id: uuid.UUID | None = None
) -> sa.Select[Precommitment]:
    """Select every version of one subject; exactly one of the two ids is given."""
    if (proposal_id is None) == (ballot_id is None):
        raise TypeError("a pre-commitment is of a proposal or of a ballot")
    statement = sa.select(Precommitment)
    if proposal_id is not None:
        return statement.where(Precommitment.proposal_id == proposal_id)
    return statement.where(Precommitment.ballot_id == ballot_id)


def missing(community_id: uuid.UUID) -> sa.Select[Any]:
    """Select when votes opened that asked for a pre-commitment and had none.

    An override puts a decision to the vote again that has been counted here already.
    """
    return sa.select(Ballot.opened_at).where(
        Ballot.community_id == community_id,
        Ballot.opened_at.is_not(None),
        Ballot.answer_within_seconds.is_not(None),
        Ballot.precommitment.is_(None),
        Ballot.kind != _OVERRIDE,
    )
