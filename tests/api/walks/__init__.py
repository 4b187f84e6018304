"""How each operation that changes something is done rightly, and how it is refused: one module a feature.

Importing a feature's module registers its walks.
"""

from tests.api.walks import (
    accounts,
    ballots,
    charter,
    communities,
    members,
    obligations,
    proposals,
    sessions,
    suggestions,
)
from tests.api.walks.walk import WALKS

__all__ = [
    "WALKS",
    "accounts",
    "ballots",
    "charter",
    "communities",
    "members",
    "obligations",
    "proposals",
    "sessions",
    "suggestions",
]
