"""The right request for each operation: one module a feature.

Importing a feature's module registers its requests.
"""

from tests.api.matrix.requests import (
    accounts,
    ballots,
    boards,
    charter,
    comments,
    communities,
    delegations,
    erasure,
    groups,
    ideas,
    log,
    members,
    moderation,
    obligations,
    proposals,
    sessions,
    suggestions,
    tokens,
)
from tests.api.matrix.requests.request import REQUESTS

__all__ = [
    "REQUESTS",
    "accounts",
    "ballots",
    "boards",
    "charter",
    "comments",
    "communities",
    "delegations",
    "erasure",
    "groups",
    "ideas",
    "log",
    "members",
    "moderation",
    "obligations",
    "proposals",
    "sessions",
    "suggestions",
    "tokens",
]
