"""Reading what became of a proposal: in the answers, and in the database past them."""

from __future__ import annotations

import datetime as dt
import uuid

from app.db.units import Units
from app.models.proposals import Proposal


def at(instant: str) -> dt.datetime:
    return dt.datetime.fromisoformat(instant)


def stored(units: Units, path: str) -> Proposal:
    with units.read() as session:
        return session.get_one(Proposal, uuid.UUID(path.rsplit("/", 1)[1]))
