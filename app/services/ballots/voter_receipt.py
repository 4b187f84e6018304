"""What a voter takes away from casting."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a voter takes away.

    ``tracker`` reveals neither voter nor time and finds the vote in the published log; ``digest`` commits to
    tracker and choice; ``leaf_hash`` is the place-independent hash of the audit entry, or of the leaf in the ballot
    box where votes are kept apart (hexadecimal, both). ``event`` is the audit entry's id. A vote that is kept apart
    has no event and no time, and its digest is made with ``salt``.
    """

    ballot_id: uuid.UUID
    tracker: uuid.UUID
    revision: int
    digest: str
    leaf_hash: str
    cast_at: dt.datetime | None
    created: bool
    event: uuid.UUID | None
    salt: str | None = None
