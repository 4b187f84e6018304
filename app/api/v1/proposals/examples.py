"""Examples for the documentation; tests put them through the service."""

from __future__ import annotations

from typing import Any

PROPOSAL: dict[str, Any] = {
    "decision_type": "proposal",
    "title": "A refill station at the factory gate",
    "body": "Everyone who brings a bottle pays for the lemonade alone.",
}

AMENDMENT: dict[str, Any] = {
    "decision_type": "charter_amendment",
    "title": "Flavours follow the seasons",
    "body": "So that what is in the bottle grew this year.",
    "operations": [
        {
            "op": "add_article",
            "article": {"id": "seasons", "title": "Seasons", "body": "Flavours follow the seasons."},
            "after": None,
        }
    ],
}

SUGGESTION: dict[str, Any] = {
    "title": "Refill stations at the factory gate and in town",
    "body": "Everyone who brings a bottle pays for the lemonade alone, at the gate and on the market square.",
    "reason": "Most of us live in town.",
}
