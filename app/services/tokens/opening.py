"""The beginning of a community's ledger: its supply, of which there is nothing yet."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy.orm import Session

from app.domain.ledger import SUPPLY
from app.domain.ledger.accounts import AccountOwner
from app.models.tokens import TokenAccount


def open_ledger(session: Session, community_id: uuid.UUID, at: dt.datetime) -> None:
    """Make the account that a new community's tokens will come from and go back to."""
    supply = TokenAccount(
        community_id=community_id, name=SUPPLY, owner=AccountOwner.SUPPLY.value, created_at=at
    )
    session.add(supply)
    session.flush()
