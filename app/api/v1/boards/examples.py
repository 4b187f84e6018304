"""Examples for the documentation; tests put them through the service."""

from __future__ import annotations

from typing import Any

_WRITING = ["member", "steward", "brand_owner"]

BOARD: dict[str, Any] = {
    "title": "The next bottle",
    "description": "What should our lemonade come in?",
    "phases": [
        {
            "phase": "collecting",
            "starts_at": "2026-01-05T09:00:00Z",
            "post": _WRITING,
            "support": "endorsements",
        },
        {"phase": "shortlisting", "starts_at": "2999-02-02T09:00:00Z", "support": "dots", "editing": False},
        {"phase": "deciding", "starts_at": "2999-03-02T09:00:00Z", "editing": False},
    ],
    "dots_per_member": 10,
    "dots_per_idea": 5,
}

IDEA: dict[str, Any] = {
    "title": "A returnable bottle",
    "body": "Brown glass, washed and filled again, with a deposit of 15 cents.",
    "tags": ["glass", "deposit"],
    "links": [{"url": "https://www.example.org/pool-bottles", "title": "How pool bottles work"}],
}

SIMILAR: dict[str, Any] = {"title": "Bottles that come back", "body": "Glass with a deposit, as for beer."}

PROMOTION: dict[str, Any] = {
    "top": 5,
    "to": "ballot",
    "decision_type": "product_vote",
    "title": "Which bottle?",
}
