"""Looking up a receipt by its tracker: anyone may, and learns only that the vote is there."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from app.domain.errors import refuse
from app.models.ballots import Ballot, Cast


@dataclass(frozen=True, slots=True)
class Lookup:
    """What a tracker reveals: the ballot, the digest of the cast, and whether it is the one that counts."""

    ballot_id: uuid.UUID
    tracker: uuid.UUID
    digest: str
    leaf_hash: str
    superseded: bool
    certified: bool


def look_up(session: Session, tracker: uuid.UUID) -> Lookup:
    """Find a cast by its tracker. Neither voter, choice nor time is told.

    :raises Refusal: ``not-found``.
    """
    later = aliased(Cast)
    replaced = sa.exists().where(
        later.ballot_id == Cast.ballot_id,
        later.membership_id == Cast.membership_id,
        later.revision == Cast.revision + 1,
    )
    row = session.execute(
        sa.select(
            Cast.ballot_id, Cast.digest, Cast.leaf_hash, replaced.label("superseded"), Ballot.finalised_at
        )
        .join(Ballot, Ballot.id == Cast.ballot_id)
        .where(Cast.tracker == tracker)
    ).one_or_none()
    if row is None:
        raise refuse("not-found", "No vote was recorded under this tracker.")
    return Lookup(
        row.ballot_id,
        tracker,
        row.digest,
        row.leaf_hash.hex(),
        bool(row.superseded),
        row.finalised_at is not None,
    )
