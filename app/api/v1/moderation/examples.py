"""Examples for the documentation; tests put them through the service."""

from __future__ import annotations

from typing import Any

REPORT: dict[str, Any] = {"ground": "abuse", "note": "The second paragraph calls Ben a liar."}
DISMISSAL: dict[str, Any] = {
    "reason": "It is hard on the price and says nothing about anybody.",
    "text_number": 1,
}
HIDING: dict[str, Any] = {
    "ground": "abuse",
    "reason": "It insults a member by name; the rest could have been said without.",
    "text_number": 1,
}
APPEAL: dict[str, Any] = {"reason": "Ben had said so himself, two comments above."}
UPHOLDING: dict[str, Any] = {"reason": "Whoever said it first, it is an insult."}
RESTORING: dict[str, Any] = {"reason": "It quotes what the other had written."}
