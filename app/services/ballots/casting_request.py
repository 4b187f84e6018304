"""One cast on its way to the database."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from app.services.ballots.casting import Receipt


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
        return Receipt(ballot_id, self.tracker, revision, self.digest, leaf.hex(), cast_at, created=True)
