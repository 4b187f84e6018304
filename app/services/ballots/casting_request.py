"""One cast on its way to the database."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from enum import Enum, auto

from app.services.ballots.voter_receipt import Receipt


class Waited(Enum):
    """What a cast waited for as long as a request may, in vain."""

    #: A lock in the ballot's way: the reference has something to say at once to whoever may not vote.
    LOCK = auto()
    #: The database itself: SQLite's only write lock, or a connection. There is nothing else to say.
    DATABASE = auto()


class WaitedInVain(Exception):
    """A cast that the fast path waited for in vain: nobody is to wait a second time for it."""

    def __init__(self, waited: Waited) -> None:
        super().__init__(waited.name)
        self.waited = waited


@dataclass(frozen=True, slots=True)
class CastRequest:
    """What a member asks to have stored, with the random names it will have."""

    account_id: uuid.UUID
    session_id: uuid.UUID
    request_id: str
    choice: str
    tracker: uuid.UUID
    event: uuid.UUID
    digest: str

    def receipt(self, ballot_id: uuid.UUID, revision: int, leaf: bytes, cast_at: dt.datetime) -> Receipt:
        """Return the receipt once it is stored."""
        return Receipt(
            ballot_id,
            self.tracker,
            revision,
            self.digest,
            leaf.hex(),
            cast_at,
            created=True,
            event=self.event,
        )
