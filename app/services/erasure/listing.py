"""The list of erasures beside the database, and what it is for: a backup that is restored brings the erased back.

Whoever was erased is written down twice, in a table by the transaction that erases and, soon after, in a file that no
backup of the database brings back. What the file names and a restored database does not is erased again.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import json
import os
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.clock import database_now
from app.domain.canonical_json import canonical_json
from app.domain.erasure import Erasable, Ground
from app.domain.instants import instant, read_instant
from app.models.communities import Membership
from app.models.erasure import Erasure
from app.services.audit import SERVICE
from app.services.erasure import account as accounts
from app.services.erasure import membership as memberships
from app.services.identity.provider import IdentityProvider

FILE: Final = "erasures.jsonl"
_AT_ONCE: Final = 500


class UnreadableList(ValueError):
    """A list of erasures with a line that is none; the message names it."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of the list: whose data was erased, by an id that says nothing of them."""

    id: uuid.UUID
    kind: Erasable
    subject_id: uuid.UUID
    erased_at: dt.datetime

    def encode(self) -> bytes:
        """Return the line with its end."""
        document = {
            "erased_at": instant(self.erased_at),
            "id": str(self.id),
            "kind": self.kind.value,
            "subject_id": str(self.subject_id),
        }
        return canonical_json(document) + b"\n"

    @classmethod
    def read(cls, line: bytes) -> Listed:
        """Read a line.

        :raises ValueError: for anything else.
        """
        try:
            said: dict[str, Any] = json.loads(line)
            return cls(
                uuid.UUID(said["id"]),
                Erasable(said["kind"]),
                uuid.UUID(said["subject_id"]),
                read_instant(said["erased_at"]),
            )
        except (KeyError, TypeError, AttributeError) as wrong:
            raise ValueError(f"no erasure: {wrong!r}") from None


class ErasureList:
    """The file. Lines are only ever added, by one process at a time.

    :param directory: where checkpoints are kept a second time: no backup of the database reaches it.
    """

    def __init__(self, directory: Path) -> None:
        self.path = directory / FILE

    def read(self) -> Iterator[Listed]:
        """Yield the lines; none where there is no file yet.

        :raises UnreadableList: for a line that is none. What stands after the last line end is not looked at: a crash
            leaves such, and nothing relies on it.
        :raises OSError: where it cannot be read.
        """
        try:
            lines = self.path.read_bytes().split(b"\n")
        except FileNotFoundError:
            return
        for number, line in enumerate(lines[:-1], 1):
            try:
                yield Listed.read(line)
            except ValueError as wrong:
                raise UnreadableList(f"{self.path}, line {number}: {wrong}") from None

    def add(self, listed: Sequence[Listed]) -> None:
        """Add lines; they outlast a loss of power from the return on. One that is there already does no harm.

        :raises OSError: where that cannot be done.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            file.truncate(file.read().rfind(b"\n") + 1)  # what a crash cut off was never relied on
            file.write(b"".join(each.encode() for each in listed))
            file.flush()
            os.fsync(file.fileno())


def write_down(session: Session, kept: ErasureList) -> int:
    """Bring the list up to date with the database; return how many were added.

    :param session: of a writing unit of work. If it fails after the file was written, they are added once more.
    :raises OSError: where the list cannot be written; the next call tries again.
    """
    unlisted = session.scalars(
        sa.select(Erasure)
        .where(Erasure.listed_at.is_(None))
        .order_by(Erasure.erased_at, Erasure.id)
        .limit(_AT_ONCE)
        .with_for_update(skip_locked=True)
    ).all()
    if not unlisted:
        return 0
    kept.add([Listed(e.id, Erasable(e.kind), e.subject_id, e.erased_at) for e in unlisted])
    now = database_now(session)
    for each in unlisted:
        each.listed_at = now
    session.flush()
    return len(unlisted)


def missing(session: Session, kept: ErasureList) -> list[Listed]:
    """Return the erasures of the list that the database does not know of, in their order, each once.

    :raises UnreadableList: as :meth:`ErasureList.read`.
    """
    known = set(session.scalars(sa.select(Erasure.id)))
    return list({each.id: each for each in kept.read() if each.id not in known}.values())


def erase_again(session: Session, listed: Listed, provider: IdentityProvider) -> bool:
    """Erase whom a restored database has brought back; False where they are not in it.

    :raises Refusal: ``last-brand-owner``: who owns the community was decided after the backup was made.
    """
    found = False
    if listed.kind is Erasable.ACCOUNT:
        found = accounts.erase(session, listed.subject_id, Ground.RESTORED, provider, noted=False)
    else:
        membership = session.get(Membership, listed.subject_id)
        if membership is not None and membership.erased_at is None:
            member = memberships.as_themselves(session, SERVICE, membership)
            memberships.erase(session, member, membership, Ground.RESTORED)
            found = True
    session.add(
        Erasure(
            id=listed.id,
            kind=listed.kind.value,
            subject_id=listed.subject_id,
            ground=Ground.RESTORED.value,
            erased_at=listed.erased_at,
            listed_at=database_now(session),
        )
    )
    session.flush()
    return found
