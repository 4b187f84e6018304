"""The keys that sign a community's log: one Ed25519 pair at a time, for checkpoints and, by another name, receipts.

The name of a key is the log's origin: the address below which the log is served, without the scheme (C2SP
tlog-checkpoint). It is fixed when the first key is made and stays the log's name wherever the service moves.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy.orm import Session

from app.config import SettingsError
from app.db.clock import database_now
from app.domain.translog.ballot_receipts import (
    BallotReceipt,
    ballot_receipt_name,
    box_origin,
    sign_ballot_receipt,
)
from app.domain.translog.checkpoints import Checkpoint, sign_checkpoint
from app.domain.translog.keys import Algorithm, VerifierKey
from app.domain.translog.receipts import Receipt, receipt_name, sign_receipt
from app.domain.translog.successions import Succession, sign_succession
from app.models.translog import LogKey, LogTree
from app.services.identity.derived_keys import Purpose
from app.services.identity.sealing import Seal


@dataclass(frozen=True, slots=True)
class LogSigner:
    """A log's key, unsealed.

    :param number: of the key in its log, from 1.
    """

    number: int
    origin: str
    private: Ed25519PrivateKey
    checkpoints: VerifierKey
    receipts: VerifierKey

    def checkpoint(self, size: int, root: bytes) -> bytes:
        """Return the signed checkpoint of a tree."""
        return sign_checkpoint(Checkpoint(self.origin, size, root), self.checkpoints, self.private.sign)

    def receipt(self, event: str, leaf: bytes, *, time: int, within: int) -> bytes:
        """Return a signed promise of inclusion; times in milliseconds, as :class:`Receipt` has them."""
        return sign_receipt(Receipt(self.origin, event, leaf, time, within), self.receipts, self.private.sign)

    def ballot_receipt(self, ballot: str, tracker: str, digest: str) -> bytes:
        """Return a signed promise that a vote will be in the ballot box."""
        receipt = BallotReceipt(self.origin, ballot, tracker, digest)
        return sign_ballot_receipt(receipt, self._named(ballot_receipt_name(self.origin)), self.private.sign)

    def box_checkpoint(self, ballot: str, size: int, root: bytes) -> bytes:
        """Return the signed checkpoint of a ballot box."""
        origin = box_origin(self.origin, ballot)
        return sign_checkpoint(Checkpoint(origin, size, root), self._named(origin), self.private.sign)

    def _named(self, name: str) -> VerifierKey:
        return VerifierKey(name, Algorithm.ED25519, self.checkpoints.public_key)


class LogKeys:
    """Makes, unseals and rotates the keys of an installation's logs.

    :param secret: the installation's, under which private keys are sealed.
    :param public_url: where the service is reached: what new origins begin with.
    """

    def __init__(self, secret: str, public_url: str) -> None:
        self._seal = Seal(secret, Purpose.SEAL_LOG_KEYS)
        self._prefix = public_url.partition("://")[2]

    def origin(self, log_id: uuid.UUID) -> str:
        """Return the origin that a log would be given now."""
        return f"{self._prefix}/v1/communities/{log_id}/log"

    def signer(self, session: Session, log_id: uuid.UUID) -> LogSigner | None:
        """Return the key that signs now, or None where no key was made yet.

        :raises SettingsError: where the secret is not the one it was sealed under.
        """
        key = session.scalar(sa.select(LogKey).where(LogKey.log_id == log_id, LogKey.retired_at.is_(None)))
        return None if key is None else self._unsealed(key)

    def ensure(self, session: Session, log_id: uuid.UUID) -> LogSigner:
        """Return the key that signs now; the caller holds the log's lock, so that the first is made once."""
        signer = self.signer(session, log_id)
        return signer or self._make(session, log_id, 1, self.origin(log_id), database_now(session))

    def rotate(self, session: Session, log_id: uuid.UUID, *, vouched: bool) -> LogSigner:
        """Make a new key and retire the old one, whose private part is erased; the caller holds the log's lock.

        :param vouched: the old key signs that the new one follows it, so that followers go on with it.
        :raises SettingsError: where it shall and cannot be unsealed.
        """
        now = database_now(session)
        old = session.scalar(sa.select(LogKey).where(LogKey.log_id == log_id, LogKey.retired_at.is_(None)))
        if old is None:
            return self._make(session, log_id, 1, self.origin(log_id), now)
        signer = self._unsealed(old) if vouched else None
        tree = session.get(LogTree, log_id)
        old.retired_at, old.private_sealed = now, None
        old.last_size = 0 if tree is None else tree.published_size
        session.flush()
        made = self._make(session, log_id, old.number + 1, old.origin, now)
        if signer is not None:
            following = Succession(made.checkpoints, old.last_size)
            old.succession = sign_succession(following, signer.checkpoints, signer.private.sign)
            session.flush()
        return made

    def _make(
        self, session: Session, log_id: uuid.UUID, number: int, origin: str, now: dt.datetime
    ) -> LogSigner:
        private = Ed25519PrivateKey.generate()
        key = LogKey(
            log_id=log_id,
            number=number,
            origin=origin,
            public_key=private.public_key().public_bytes_raw(),
            private_sealed=self._seal.seal(_sealed_name(log_id, number), private.private_bytes_raw()),
            created_at=now,
        )
        session.add(key)
        session.flush()
        return _signer(key, private)

    def _unsealed(self, key: LogKey) -> LogSigner:
        assert key.private_sealed is not None  # noqa: S101 - erased only when it retires
        try:
            raw = self._seal.unseal(_sealed_name(key.log_id, key.number), key.private_sealed)
        except InvalidTag:
            raise SettingsError(
                f"ALTHING_SECRET_KEY is not the secret that key {key.number} of log {key.log_id} was sealed "
                "under: restore it, or break the log off and go on with a new key by `flask log resume`"
            ) from None
        return _signer(key, Ed25519PrivateKey.from_private_bytes(raw))


def all_keys(session: Session, log_id: uuid.UUID) -> Sequence[LogKey]:
    """Return every key that a log ever had, the newest first."""
    return session.scalars(
        sa.select(LogKey).where(LogKey.log_id == log_id).order_by(LogKey.number.desc())
    ).all()


def checkpoint_key(key: LogKey) -> VerifierKey:
    """Return what verifies the checkpoints that a key signed."""
    return VerifierKey(key.origin, Algorithm.ED25519, key.public_key)


def receipt_key(key: LogKey) -> VerifierKey:
    """Return what verifies the receipts that a key signed: the same key under another name."""
    return VerifierKey(receipt_name(key.origin), Algorithm.ED25519, key.public_key)


def _signer(key: LogKey, private: Ed25519PrivateKey) -> LogSigner:
    return LogSigner(key.number, key.origin, private, checkpoint_key(key), receipt_key(key))


def _sealed_name(log_id: uuid.UUID, number: int) -> str:
    return f"{log_id}/{number}"
