"""A ballot's evidence bundle: all that is needed to count it again and to check it against the log, as one archive.

The archive is written as a stream whose memory does not grow with the ballot; the index with every file's digest
comes last. docs/evidence.md describes the format.
"""

from __future__ import annotations

import hashlib
import io
import json
import uuid
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.clock import database_now
from app.domain.canonical_json import canonical_json
from app.domain.charter.words import Secrecy
from app.domain.errors import refuse
from app.domain.evidence.files import (
    CASTS,
    CHARTER,
    CHECKPOINT,
    DELEGATIONS,
    ENTRIES,
    INDEX,
    LOG,
    MANIFEST,
    RESULT,
    ROLL,
)
from app.domain.evidence.index import FileDigest, Index
from app.domain.evidence.log_entries import CLOSED
from app.domain.lifecycle import BallotState
from app.domain.translog.authentic_tiles import tiles_to_prove
from app.domain.translog.checkpoints import Checkpoint
from app.domain.translog.signed_notes import SignedNote
from app.models.audit import AuditContent
from app.models.ballots import Ballot, BallotResult
from app.models.charters import CharterVersion
from app.models.translog import LogEntry
from app.policies.permissions import Actor, Role
from app.services.ballots import logs
from app.services.ballots.drafts import read, standing, state_of
from app.services.ballots.lines import CHUNK
from app.services.ballots.logs import LogFormat
from app.services.ballots.participation import hidden_actions
from app.services.delegations import evidence, resolving
from app.services.translog.trees import PublishedTree, not_yet, published_tree

#: The disclosure under which members know who cast which vote.
_NAMED = "named"

_PACKING_LEVEL = 1  # most of it is random: more work would hardly make it smaller


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle about to be streamed: its file name and its bytes."""

    filename: str
    chunks: Iterator[bytes]


def export(session: Session, actor: Actor, ballot_id: uuid.UUID) -> Bundle:
    """Return the evidence bundle of a ballot whose result the log holds.

    Auditors always; others where the ballot's votes are disclosed by name, or kept apart from their voters. For
    otherwise the entries of casts name their members' references: a bundle then tells who cast which vote.

    :raises Refusal: ``not-found``; ``log-not-disclosed``; ``ballot-not-closed``; ``not-in-log-yet`` until a
        checkpoint covers the result.
    """
    ballot = read(session, actor, ballot_id)
    apart = Secrecy(ballot.secrecy).keeps_votes_apart  # then no entry joins a vote to anybody
    if ballot.disclosure != _NAMED and not apart and Role.AUDITOR not in actor.roles:
        raise refuse("log-not-disclosed", "Of a pseudonymous ballot, the bundle is for auditors alone.")
    state = state_of(ballot, database_now(session))
    if state is not BallotState.CLOSED:
        raise refuse(
            "ballot-not-closed",
            "A ballot's evidence is whole once it has closed.",
            extensions=standing(ballot, state),
        )
    result = session.scalar(sa.select(BallotResult).where(BallotResult.ballot_id == ballot.id))
    tree = published_tree(session, ballot.community_id)
    if result is None or not _is_covered(session, ballot, tree):
        raise not_yet("No checkpoint covers the ballot's result yet.")
    files = _files(session, actor, ballot, result, tree)
    origin = Checkpoint.parse(SignedNote.parse(tree.checkpoint).text).origin
    return Bundle(f"evidence-{ballot.id}.zip", _archive(str(ballot.id), origin, files))


def _is_covered(session: Session, ballot: Ballot, tree: PublishedTree) -> bool:
    closing = sa.select(_of(ballot, tree).where(LogEntry.action == CLOSED).exists())
    return bool(session.scalar(closing))


def _of(ballot: Ballot, tree: PublishedTree) -> sa.Select[int]:
    """Select the places of the published entries about a ballot."""
    return sa.select(LogEntry.leaf_index).where(
        LogEntry.log_id == tree.log_id,
        LogEntry.object_id == str(ballot.id),
        LogEntry.object_type == "ballot",
        LogEntry.leaf_index < tree.size,
    )


def _files(
    session: Session, actor: Actor, ballot: Ballot, result: BallotResult, tree: PublishedTree
) -> Iterator[tuple[str, Iterable[bytes]]]:
    assert ballot.manifest is not None  # noqa: S101 - a closed ballot was opened
    yield MANIFEST, [ballot.manifest.encode()]
    yield CHARTER, [_charter(session, ballot)]
    yield ROLL, logs.export_roll(session, actor, ballot.id).chunks
    yield CASTS, logs.export(session, actor, ballot.id, LogFormat.JSON_LINES).chunks
    if resolving.rule_of(ballot) is not None:
        yield DELEGATIONS, evidence.stream(session, ballot.id)
    yield RESULT, [result.body.encode()]
    yield CHECKPOINT, [tree.checkpoint]
    yield ENTRIES, _entries(session, ballot, tree)
    places = session.scalars(
        _of(ballot, tree).order_by(LogEntry.leaf_index).execution_options(yield_per=CHUNK)
    )
    for tile in list(tiles_to_prove(places, tree.size)):
        yield LOG + tile.path, [tree.tile(tile)]


def _charter(session: Session, ballot: Ballot) -> bytes:
    body = session.scalars(
        sa.select(CharterVersion.body).where(
            CharterVersion.community_id == ballot.community_id, CharterVersion.number == ballot.charter_number
        )
    ).one()
    return canonical_json({"charter": json.loads(body), "number": ballot.charter_number})


def _entries(session: Session, ballot: Ballot, tree: PublishedTree) -> Iterator[bytes]:
    hidden = hidden_actions(session, ballot)
    shown = sa.and_(AuditContent.event_id == LogEntry.event_id, LogEntry.action.not_in(hidden))
    rows = session.execute(
        _of(ballot, tree)
        .add_columns(LogEntry.body, AuditContent.salt, AuditContent.content)
        .outerjoin(AuditContent, shown)
        .order_by(LogEntry.leaf_index)
        .execution_options(yield_per=CHUNK)
    )
    for part in rows.partitions():
        yield b"".join(
            canonical_json(
                {
                    "body": body.decode(),
                    "content": content,
                    "index": index,
                    "salt": None if salt is None else salt.hex(),
                }
            )
            + b"\n"
            for index, body, salt, content in part
        )


def _archive(ballot: str, origin: str, files: Iterable[tuple[str, Iterable[bytes]]]) -> Iterator[bytes]:
    """Pack files as they come, and after them the index that lists them.

    Files have no time of their own, so that the same ballot under the same checkpoint makes the same bytes.
    """
    out = _Passing()
    listed: dict[str, FileDigest] = {}
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=_PACKING_LEVEL) as archive:
        for name, chunks in files:
            digest, size = hashlib.sha256(), 0
            with archive.open(name, "w", force_zip64=True) as packed:
                for chunk in chunks:
                    digest.update(chunk)
                    size += len(chunk)
                    packed.write(chunk)
                    yield out.take()
            listed[name] = FileDigest(size, digest.hexdigest())
        with archive.open(INDEX, "w") as packed:
            packed.write(Index(ballot, origin, listed).encode())
    yield out.take()


class _Passing(io.RawIOBase):
    """A file that can be written and not gone back in; what was written is taken out again piece by piece."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        """Return that it is."""
        return True

    def write(self, data: object) -> int:
        """Keep bytes until they are taken."""
        piece = bytes(data)  # type: ignore[call-overload]
        self._pieces.append(piece)
        return len(piece)

    def take(self) -> bytes:
        """Return what was written since the last time."""
        taken = b"".join(self._pieces)
        self._pieces.clear()
        return taken
