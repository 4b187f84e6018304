"""Every mapped class, imported so that the metadata is complete wherever a part of it is used."""

from app.models import (
    audit,
    ballots,
    charters,
    communities,
    idempotency,
    identity,
    obligations,
    proposals,
)
from app.models.base import Base

__all__ = [
    "Base",
    "audit",
    "ballots",
    "charters",
    "communities",
    "idempotency",
    "identity",
    "obligations",
    "proposals",
]
