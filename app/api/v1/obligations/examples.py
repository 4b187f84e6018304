"""Examples for the documentation."""

from __future__ import annotations

from typing import Any

PRECOMMITMENT: dict[str, Any] = {
    "undertaking": "We brew the winning flavour and have it in every shop.",
    "within": "P180D",
    "budget": "50000 EUR",
    "refusal_grounds": [{"id": "no_supplier", "title": "No supplier can deliver the fruit"}],
}

MILESTONE: dict[str, Any] = {
    "title": "The first bottles are in the shops",
    "description": "In at least ten shops of each region.",
    "due_at": "2027-06-30T12:00:00Z",
}

ANSWERS: dict[str, Any] = {
    "accepted": {
        "verdict": "accepted",
        "reason": "You asked for mint, and mint it will be.",
        "milestones": [MILESTONE],
    },
    "refused": {
        "verdict": "refused",
        "reason": "The harvest failed: no supplier can deliver enough mint before next summer.",
        "ground": "no_supplier",
    },
}

EVIDENCE: dict[str, Any] = {
    "note": "The list of shops that sell it, with photographs of the shelves.",
    "url": "https://fizz.example/mint/shops",
}

ATTESTATION: dict[str, Any] = {"verdict": "disputed", "comment": "None of the shops in the north has it."}

SCORECARD: dict[str, Any] = {
    "at": "2026-11-22T12:00:00.000Z",
    "obligations": 4,
    "answered": {"count": 3, "of": 4, "ratio": "3/4"},
    "answered_late": 1,
    "overdue": 1,
    "median_seconds_to_answer": "345600",
    "verdicts": {"accepted": 2, "accepted_in_part": 0, "refused": 1},
    "promised": 2,
    "delivered_on_time": {"count": 1, "of": 2, "ratio": "1/2"},
    "promises_overdue": 1,
    "promises_disputed": 1,
    "vetoes": {"illegal": {"vetoed": 1, "overridden": 0}},
    "precommitments_missing": 1,
}
