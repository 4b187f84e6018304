"""Publishing checkpoints: durable entries first, then the signature, then the second place, then the world.

Killed after any of these steps, the next run goes on from what is there: entries without a checkpoint get one, and
a checkpoint that reached the second place alone states a tree that the database still has.
"""

from __future__ import annotations

import dataclasses
import uuid

from sqlalchemy.orm import Session

from app.db.units import Units
from app.domain.translog.checkpoints import Checkpoint
from app.domain.translog.signed_notes import InvalidNote, SignedNote
from app.models.translog import LogTree
from app.services.audit import SERVICE, Action, record
from app.services.translog.checkpoint_store import CheckpointStore
from app.services.translog.keys import LogKeys, LogSigner
from app.services.translog.sequencing import edge_of, lock_log
from app.services.translog.trees import root_at, stored_tiles


class SigningRefused(Exception):
    """What was signed before does not agree with what the database holds: a signature now might fork the log.

    The message says what disagrees and what to do. Votes are taken and what is published is served meanwhile.
    """

    def __init__(self, log_id: uuid.UUID, reason: str) -> None:
        super().__init__(f"log {log_id}: {reason}")
        self.log_id = log_id
        self.reason = reason


_WHAT_TO_DO = (
    "Restore the newer database. Only if it is lost for good, run `flask log resume {log}`: it makes a new key, and "
    "whoever follows the log will see that it was broken off."
)


def publish(units: Units, keys: LogKeys, store: CheckpointStore, log_id: uuid.UUID) -> bool:
    """Sign and publish the checkpoint of all that has been sequenced, in a transaction of its own.

    :return: whether a new one was published; not where there is nothing new, or another is at it.
    :raises SigningRefused: where that might fork the log.
    :raises CheckpointMoved: where another host signed meanwhile.
    :raises OSError: where the second place cannot be reached.
    """
    with units.write() as session:
        if not lock_log(session, log_id):
            return False
        tree = session.get(LogTree, log_id)
        if tree is None or (tree.checkpoint is not None and tree.published_size == tree.size):
            return False
        kept = store.read(log_id)
        require_continuity(session, tree, kept)
        return _publish(session, keys, store, tree, kept)


def rotate_key(units: Units, keys: LogKeys, store: CheckpointStore, log_id: uuid.UUID) -> str:
    """Make a new key for a log and sign the published tree with it at once.

    :return: the new verifier key.
    :raises SigningRefused: where a signature might fork the log.
    """
    with units.write() as session:
        lock_log(session, log_id, wait=True)
        tree = session.get(LogTree, log_id)
        kept = store.read(log_id)
        if tree is not None:
            require_continuity(session, tree, kept)
        signer = _rotate(session, keys, log_id, Action.LOG_KEY_ROTATED)
        if tree is not None:
            _publish(session, keys, store, tree, kept)
        return signer.checkpoints.vkey


def resume(units: Units, keys: LogKeys, store: CheckpointStore, log_id: uuid.UUID) -> str:
    """Let a log go on from what the database holds, whatever was signed before: a deliberate break.

    :return: the verifier key of the new key, by which followers learn that something happened.
    """
    with units.write() as session:
        lock_log(session, log_id, wait=True)
        tree = session.get(LogTree, log_id)
        signer = _rotate(session, keys, log_id, Action.LOG_RESUMED)
        if tree is not None:
            _publish(session, keys, store, tree, store.read(log_id))
        return signer.checkpoints.vkey


def require_continuity(session: Session, tree: LogTree, kept: bytes | None) -> None:
    """Demand that the stored tree begins with the one that was signed last.

    :param kept: the checkpoint in the second place.
    :raises SigningRefused: where it does not, and where that cannot be known.
    """
    what_to_do = _WHAT_TO_DO.format(log=tree.log_id)
    if kept is None:
        if tree.checkpoint is None:
            return
        raise SigningRefused(
            tree.log_id,
            f"the second place holds no checkpoint, although one of {tree.published_size} entries was published. "
            f"Point ALTHING_CHECKPOINT_STORE to where it is. {what_to_do}",
        )
    try:
        signed = Checkpoint.parse(SignedNote.parse(kept).text)
    except InvalidNote as unreadable:
        raise SigningRefused(
            tree.log_id, f"the second place holds no checkpoint that can be read ({unreadable}). {what_to_do}"
        ) from None
    if signed.size > tree.size:
        raise SigningRefused(
            tree.log_id,
            f"a checkpoint of {signed.size} entries was signed, and the database has {tree.size}: it is older than "
            f"the log, as after the restoration of a backup. {what_to_do}",
        )
    if root_at(signed.size, stored_tiles(session, tree)) != signed.root:
        raise SigningRefused(
            tree.log_id,
            f"the first {signed.size} entries in the database are not those that were signed. {what_to_do}",
        )


def _rotate(session: Session, keys: LogKeys, log_id: uuid.UUID, action: Action) -> LogSigner:
    signer = keys.rotate(session, log_id, vouched=action is Action.LOG_KEY_ROTATED)
    actor = dataclasses.replace(SERVICE, community_id=log_id)
    record(session, actor, action, ("log_key", signer.checkpoints.key_id.hex()))
    return signer


def _publish(
    session: Session, keys: LogKeys, store: CheckpointStore, tree: LogTree, kept: bytes | None
) -> bool:
    edge = edge_of(tree)
    checkpoint = keys.ensure(session, tree.log_id).checkpoint(edge.size, edge.root())
    store.replace(tree.log_id, kept, checkpoint)
    tree.checkpoint, tree.published_size = checkpoint, edge.size
    return True
