"""Examples for the documentation, one for each method; a test puts every one of them through the service."""

from __future__ import annotations

from typing import Any

from app.domain.counting import METHODS

OPTIONS = [
    {"id": "mint", "title": "Mint"},
    {"id": "lime", "title": "Lime"},
    {"id": "plum", "title": "Plum"},
]

#: What a method cannot do without.
_NEEDED: dict[str, dict[str, Any]] = {
    "budget": {"settings": {"budget": 50_000, "costs": {"mint": 30_000, "lime": 20_000, "plum": 15_000}}},
    "none": {"threshold": {"ratio": "2/3"}, "quorum": {"base": "participants", "ratio": "1/4"}},
    "one": {"quorum": {"base": "participants", "ratio": "1/10"}},
    "many": {"seats": 2},
}


def draft(method: str) -> dict[str, Any]:
    """Return a draft of a ballot by a method."""
    seats = METHODS[method].seats
    facts: dict[str, Any] = {
        "kind": "charity_vote" if seats == "budget" else "product_vote",
        "title": "Shall we brew it again?" if seats == "none" else "Which flavour next?",
        "method": method,
        "voting_period": "P7D",
    }
    if seats != "none":
        facts["options"] = OPTIONS
    return facts | _NEEDED[seats]


def drafts() -> dict[str, Any]:
    """Return a draft for each method, by its name."""
    return {name: draft(name) for name in METHODS}


def votes() -> dict[str, Any]:
    """Return a vote for each method, by its name."""
    return {name: {"choice": method.choice_example} for name, method in METHODS.items()}
