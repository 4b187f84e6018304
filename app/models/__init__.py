"""Every mapped class, imported so that the metadata is complete wherever a part of it is used."""

from app.models import (
    audit,
    ballots,
    boards,
    charters,
    communities,
    delegations,
    discussion,
    erasure,
    groups,
    ideas,
    idempotency,
    identity,
    moderation,
    obligations,
    proposals,
    tokens,
    translog,
)
from app.models.base import Base

__all__ = [
    "Base",
    "audit",
    "ballots",
    "boards",
    "charters",
    "communities",
    "delegations",
    "discussion",
    "erasure",
    "groups",
    "ideas",
    "idempotency",
    "identity",
    "moderation",
    "obligations",
    "proposals",
    "tokens",
    "translog",
]
