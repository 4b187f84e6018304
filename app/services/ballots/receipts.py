"""Looking up a receipt by its tracker: anyone may, and learns only that the vote is there."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from app.domain.errors import refuse
from app.domain.translog.ballot_receipts import box_leaf
from app.models.ballot_boxes import ConfidentialCast, SecretCast
from app.models.ballots import Ballot, Cast
from app.services.ballots.ballot_box import ApartCast, casts_of, is_replaced, prove_in_box, tree_of
from app.services.translog.sequencing import edge_of
from app.services.translog.trees import not_yet, place_of, published_tree

SignBox = Callable[[uuid.UUID, uuid.UUID, int, bytes], bytes]
"""(log, ballot, size, root) -> the signed checkpoint of a ballot box."""


@dataclass(frozen=True, slots=True)
class Lookup:
    """What a tracker reveals: the ballot, the digest of the cast, and whether it is the one that counts."""

    ballot_id: uuid.UUID
    tracker: uuid.UUID
    digest: str
    leaf_hash: str
    superseded: bool
    certified: bool


def prove(session: Session, tracker: uuid.UUID, sign_box: SignBox) -> bytes:
    """Return the proof that a cast is where it belongs, as a file that travels alone.

    That is its entry in the log; of a vote that is kept apart from its voter, its leaf in the ballot box.

    :raises Refusal: ``not-found`` for an unknown tracker; ``not-in-log-yet`` until a checkpoint covers it, or until
        the ballot was certified.
    """
    row = session.execute(
        sa.select(Ballot.community_id, Cast.leaf_hash)
        .join(Ballot, Ballot.id == Cast.ballot_id)
        .where(Cast.tracker == tracker)
    ).one_or_none()
    if row is not None:
        tree = published_tree(session, row.community_id)
        return tree.proof_file(place_of(session, tree, None, row.leaf_hash.hex()))
    ballot, _, _ = _apart(session, tracker)
    box = tree_of(session, ballot.id)
    if box is None:
        raise not_yet("The ballot box is closed when the ballot's result is certified.")
    checkpoint = sign_box(ballot.community_id, ballot.id, box.size, edge_of(box).root())
    return prove_in_box(session, ballot, tracker, checkpoint)


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
        return _look_up_apart(session, tracker)
    return Lookup(
        row.ballot_id,
        tracker,
        row.digest,
        row.leaf_hash.hex(),
        bool(row.superseded),
        row.finalised_at is not None,
    )


def _look_up_apart(session: Session, tracker: uuid.UUID) -> Lookup:
    ballot, digest, superseded = _apart(session, tracker)
    leaf = box_leaf(ballot.id, tracker, digest).hex()
    return Lookup(ballot.id, tracker, digest, leaf, superseded, ballot.finalised_at is not None)


def _apart(session: Session, tracker: uuid.UUID) -> tuple[Ballot, str, bool]:
    """Return ballot and digest of a cast that is kept apart from its voter, and whether it was replaced.

    :raises Refusal: ``not-found``.
    """
    tables: tuple[ApartCast, ...] = (ConfidentialCast, SecretCast)
    for table in tables:
        found = session.execute(
            sa.select(Ballot, table.digest)
            .join(Ballot, Ballot.id == table.ballot_id)
            .where(table.tracker == tracker)
        ).one_or_none()
        if found is not None:
            ballot, digest = found
            own = casts_of(ballot.secrecy).tracker == tracker
            replaced = session.scalar(sa.select(is_replaced(ballot.secrecy)).where(own))
            return ballot, digest, bool(replaced)
    raise refuse("not-found", "No vote was recorded under this tracker.")
