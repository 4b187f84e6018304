"""How each operation that changes something is done rightly, and how it is refused: one module a feature.

Importing a feature's module registers its walks.
"""

from tests.api.walks import (
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
    members,
    moderation,
    obligations,
    proposals,
    sessions,
    suggestions,
    tokens,
)
from tests.api.walks.walk import WALKS

__all__ = [
    "WALKS",
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
    "members",
    "moderation",
    "obligations",
    "proposals",
    "sessions",
    "suggestions",
    "tokens",
]
