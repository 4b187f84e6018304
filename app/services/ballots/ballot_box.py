"""The ballot box: the casts of a ballot whose votes are kept apart from its voters, shuffled once and certified.

Its leaves are all casts in the order of their trackers, which are random: an order that tells nothing of when or
by whom. So it is made at the close, in one piece; before that there is nothing to be put in an order. The result
states its root, and the audit log commits to the result.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from app.domain.charter.words import Secrecy
from app.domain.translog.ballot_receipts import box_leaf
from app.domain.translog.edge import Edge
from app.domain.translog.tlog_proofs import TlogProof
from app.models.ballot_boxes import ConfidentialCast, SecretCast
from app.models.ballots import Ballot
from app.models.translog import LogTile, LogTree
from app.services.ballots.lines import CHUNK
from app.services.translog.trees import PublishedTree, stored_tiles

ApartCast = type[ConfidentialCast] | type[SecretCast]

#: Tiles written by one statement.
_MOST_TILES = 100


def casts_of(secrecy: str) -> ApartCast:
    """Return the table in which the casts of such a ballot are."""
    return ConfidentialCast if secrecy == Secrecy.CONFIDENTIAL else SecretCast


def is_replaced(secrecy: str) -> sa.Exists:
    """Return the condition under which a cast of the table of :func:`casts_of` was replaced by a later one."""
    if secrecy == Secrecy.CONFIDENTIAL:
        next_one = aliased(ConfidentialCast)
        return sa.exists().where(
            next_one.ballot_id == ConfidentialCast.ballot_id,
            next_one.handle == ConfidentialCast.handle,
            next_one.revision == ConfidentialCast.revision + 1,
        )
    later = aliased(SecretCast)
    return sa.exists().where(
        later.ballot_id == SecretCast.ballot_id,
        later.fingerprint == SecretCast.fingerprint,
        later.seq > SecretCast.seq,
    )


def close_box(session: Session, ballot: Ballot) -> tuple[int, str]:
    """Make the tree of a closed ballot's casts, and keep what proofs need of it.

    :param ballot: its row locked, so that no cast can come.
    :return: number of casts, and the root in hexadecimal.
    """
    edge = Edge()
    full: list[dict[str, object]] = []
    for leaf in _leaves(session, ballot):
        for tile, data in edge.push(leaf):
            place = {"level": tile.level, "tile_index": tile.index}
            full.append({"log_id": ballot.id, **place, "data": data})
        if len(full) >= _MOST_TILES:
            session.execute(sa.insert(LogTile), full)
            full = []
    if full:
        session.execute(sa.insert(LogTile), full)
    tree = LogTree(log_id=ballot.id, size=edge.size, edge=edge.pack(), published_size=edge.size)
    session.add(tree)
    return edge.size, edge.root().hex()


def tree_of(session: Session, ballot_id: uuid.UUID) -> LogTree | None:
    """Return the tree of a ballot box, or None before the ballot was certified."""
    return session.get(LogTree, ballot_id)


def prove_in_box(session: Session, ballot: Ballot, tracker: uuid.UUID, checkpoint: bytes) -> bytes:
    """Return the proof that a cast is in the box, as a file that travels alone.

    :param tracker: of a cast in it.
    :param checkpoint: the signed note over size and root of the box.
    """
    tree = session.get_one(LogTree, ballot.id)
    casts = casts_of(ballot.secrecy)
    before = sa.select(sa.func.count()).where(casts.ballot_id == ballot.id, casts.tracker < tracker)
    index = session.execute(before).scalar_one()
    published = PublishedTree(ballot.id, tree.size, checkpoint, stored_tiles(session, tree))
    return TlogProof(index, tuple(published.inclusion(index)), checkpoint).encode()


def _leaves(session: Session, ballot: Ballot) -> Iterator[bytes]:
    casts = casts_of(ballot.secrecy)
    rows = session.execute(
        sa.select(casts.tracker, casts.digest)
        .where(casts.ballot_id == ballot.id)
        .order_by(casts.tracker)
        .execution_options(yield_per=CHUNK)
    )
    for tracker, digest in rows:
        yield box_leaf(ballot.id, tracker, digest)
