"""Examples for the documentation; tests put them through the service."""

from __future__ import annotations

from typing import Any

COMMENT: dict[str, Any] = {
    "stance": "question",
    "body": "Who **cleans** it in winter?\n\nThe one in [town](https://example.org/pump) froze.",
}

REPLY: dict[str, Any] = {"body": "The brewery does, every morning."}
