"""The right request for each operation: one module a feature.

Importing a feature's module registers its requests.
"""

from tests.api.matrix.requests import (
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
from tests.api.matrix.requests.request import REQUESTS

__all__ = [
    "REQUESTS",
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
