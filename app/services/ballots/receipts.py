"""Looking up a receipt by its tracker: anyone may, and learns only that the vote is there."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from app.domain.errors import refuse
from app.models.ballots import Ballot, Cast
from app.services.translog.trees import place_of, published_tree


@dataclass(frozen=True, slots=True)
class Lookup:
    """What a tracker reveals: the ballot, the digest of the cast, and whether it is the one that counts."""

    ballot_id: uuid.UUID
    tracker: uuid.UUID
    digest: str
    leaf_hash: str
    superseded: bool
    certified: bool


def prove(session: Session, tracker: uuid.UUID) -> bytes:
    """Return the proof that a cast's entry is in the log, as a file that travels alone.

    :raises Refusal: ``not-found`` for an unknown tracker; ``not-in-log-yet`` until a checkpoint covers it.
    """
    row = session.execute(
        sa.select(Ballot.community_id, Cast.leaf_hash)
        .join(Ballot, Ballot.id == Cast.ballot_id)
        .where(Cast.tracker == tracker)
    ).one_or_none()
    if row is None:
        raise refuse("not-found", "No vote was recorded under this tracker.")
    tree = published_tree(session, row.community_id)
    return tree.proof_file(place_of(session, tree, None, row.leaf_hash.hex()))


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
